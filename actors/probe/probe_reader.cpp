#include <chrono>
#include <utility>

#include <actors/probe/probe_reader.hpp>
#include <messages/url.hpp>
#include <storage/git/branch_patterns.hpp>
#include <storage/git/configured_programs.hpp>
#include <storage/git/fetch_answer.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_failure.hpp>

namespace headway {

namespace {

using std::chrono::milliseconds;
using finding = probe_report::finding;

std::vector<std::string> tracked_names(const fetch_target& target) {
  std::vector<std::string> names;
  for (const auto& ref : target.refs)
    names.push_back(ref.remote_ref);
  return names;
}

milliseconds since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace

probe_report left_to_git(std::string why) {
  return {.found = finding::left_to_git, .error = std::move(why)};
}

probe_report failed_probe(const fetch_target& target, ec code, const std::string& why) {
  auto failure =
      git::make_failure(code, "asking remote '" + target.remote.name + "' for its refs: " + why);
  return {.found = finding::failed,
          .code = failure.code,
          .outcome = failure.outcome,
          .error = std::move(failure.sentence)};
}

probe_reader::behavior_type probe_reader::make_behavior() {
  return {
      [this](const address_job& job) {
        return guarded<address_answer>([&] {
          address_answer answer;
          for (const auto place : job.places)
            answer.found.push_back(address_of(job.of->targets[place], *job.of));
          return answer;
        });
      },
      [this](const local_look_job& job) {
        return guarded<probe_answer>(
            [&] { return probe_answer{{look(job.of->targets[job.place], job.address)}}; });
      },
      [this](const comparison_job& job) {
        return guarded<probe_answer>([&] {
          probe_answer answer;
          for (const auto place : job.places)
            answer.reports.push_back(compared(job.of->targets[place], job.seen));
          return answer;
        });
      },
      [](caf::ok_atom ping) { return ping; },
  };
}

std::variant<git::remote_address, probe_report> probe_reader::address_of(const fetch_target& target,
                                                                         const probe_job& job) {
  auto address = addresses_.find(target.location, target.remote.name);
  // Git says best what is wrong with a configuration.
  if (!address)
    return left_to_git(detail_of(address.error()));
  if (!address->program.empty() &&
      !git::is_trusted_repository(target.location, job.trusted_repositories)) {
    const auto refusal = git::untrusted_program(target.location, address->program);
    return failed_probe(target, code_of(refusal), detail_of(refusal));
  }
  if (!address->only_git.empty())
    return left_to_git(address->only_git);
  const auto transport = git::transport_of(address->url);
  if (!git::transport_allowed(transport, job.allowed_schemes))
    return left_to_git(transport + " is not allowed");
  return std::move(*address);
}

probe_report probe_reader::look(const fetch_target& target, const std::string& address) {
  const auto begin = std::chrono::steady_clock::now();
  if (settled_.holds(target, address))
    return {.found = finding::unchanged, .took = since(begin)};
  auto before = git::settled_remotes::look(target, address);
  auto refs = git::read_local_refs(target.location.path, address, tracked_names(target),
                                   git::pattern_prefixes(target));
  if (!refs)
    return left_to_git("it is no plain repository on this machine");
  auto report = compared(target, std::make_shared<const advertised_refs>(std::move(*refs)));
  if (report.found == finding::unchanged && before)
    settled_.keep(std::move(*before));
  report.took = since(begin);
  return report;
}

probe_report probe_reader::compared(const fetch_target& target, advertised_refs_ptr seen) {
  const auto refs = target.patterns.empty()
                        ? tips_.find(target.location, target.refs)
                        : tips_.find(target.location, git::tracked_in(target, *seen));
  if (!refs)
    return left_to_git(detail_of(refs.error()));
  const auto plan = git::compare(**refs, *seen);
  // Only the tracked refs were asked for, so the answer cannot tell an emptied server from one that
  // lost a branch: git looks at all of them.
  if (!plan.gone.empty() || !plan.refused.empty())
    return {.found = finding::missing};
  if (plan.moved.empty())
    return {.found = finding::unchanged};
  return {.found = finding::moved, .seen = std::move(seen)};
}

}  // namespace headway
