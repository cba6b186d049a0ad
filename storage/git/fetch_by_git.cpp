#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>

#include <unistd.h>

#include <storage/git/fetch_answer.hpp>
#include <storage/git/fetch_carrier.hpp>
#include <storage/git/fetch_trace.hpp>
#include <storage/git/files.hpp>

namespace headway::git {

namespace {

using ending = child_result::ending;

// Bytes in a second below which a connection counts as dead. A server that counts objects sends one
// byte of keep-alive in a second, which must not end a transfer; the total deadline ends a trickle.
constexpr unsigned slowest_answer = 1024;
constexpr unsigned slowest_transfer = 1;

// What git calls a ref of a remote in FETCH_HEAD.
std::string described(std::string_view ref) {
  struct kind {
    std::string_view folder;
    std::string_view word;
  };
  for (const auto& [folder, word] : {kind{"refs/heads/", "branch '"}, kind{"refs/tags/", "tag '"},
                                     kind{"refs/remotes/", "remote-tracking branch '"}})
    if (ref.starts_with(folder))
      return std::string{word}.append(ref.substr(folder.size())).append("' of ");
  return "'" + std::string{ref} + "' of ";
}

// What a child has written about its work, with every ref that a remote has; none where a remote
// had refs without end.
std::optional<std::string> read_trace(const std::string& path) {
  constexpr std::uintmax_t most = 64u << 20;
  std::error_code failed;
  if (std::filesystem::file_size(path, failed) > most || failed)
    return {};
  auto content = read_file(path);
  return content ? std::optional{std::move(*content)} : std::nullopt;
}

}  // namespace

cargo git_carrier::carry(const wanted_refs& wanted) {
  if (git_dir_.empty()) {
    auto made = into_.private_git_dir(run_.target.location);
    if (!made) {
      run_.fail("preparing a fetch", made.error());
      return {};
    }
    git_dir_ = std::move(*made);
  }
  // No destinations: what is found comes into a FETCH_HEAD of our own, and no ref moves, no tag
  // either.
  std::vector<std::string> args{"fetch",
                                "--no-progress",
                                "--write-fetch-head",
                                "--no-auto-maintenance",
                                "--no-recurse-submodules",
                                "--no-show-forced-updates",
                                "--no-prune"};
  const bool lists_tags = list_ == tag_list::taken_along && !run_.tags && !tags_;
  if (!lists_tags)
    args.emplace_back("--no-tags");
  args.insert(args.end(), {"--refmap=", "--stdin", "--", run_.target.remote.name});
  auto command = run_.caller.remote(args, slowest_transfer);
  command.argv[1] = "--git-dir=" + git_dir_;
  into_.enclose(command);
  const auto packets = into_.path() + "/packets";
  if (lists_tags)
    command.environment.emplace_back("GIT_TRACE_PACKET", packets);
  const auto trace = into_.path() + "/trace";
  command.environment.emplace_back("GIT_TRACE2_EVENT", trace);
  command.environment.emplace_back("GIT_TRACE2_EVENT_NESTING", "5");
  command.max_file = run_.options.max_pack_size;
  for (const auto& [ref, id] : wanted)
    command.input += ref + "\n";
  const auto attempted = "fetching from " + run_.remote_words();
  run_.report.backend = fetch_backend::git;
  const auto result = run_.run_git(attempted, std::move(command));
  if (const auto events = read_trace(trace))
    add_traced_times(*events, run_.report.timing.steps);
  ::unlink(trace.c_str());
  if (lists_tags)
    if (const auto told = read_trace(packets))
      tags_ = traced_tags(*told);
  ::unlink(packets.c_str());
  if (!result)
    return {};
  if (result->how != ending::exited || result->status != 0) {
    if (into_.has_file_of(run_.options.max_pack_size))
      run_.fail(ec::budget_exceeded, attempted + ": the pack is larger than fetch.max_pack_size");
    else
      run_.fail(classify(attempted, *result));
    return {};
  }
  auto tips = read_fetch_head(wanted);
  if (!tips) {
    run_.fail(ec::io, attempted + ": git did not tell what it fetched");
    return {};
  }
  return {cargo::arrival::complete, std::move(*tips)};
}

std::optional<wanted_refs> git_carrier::read_fetch_head(const wanted_refs& wanted) const {
  constexpr std::size_t hex_digits = 40;
  const auto content = read_file(git_dir_ + "/FETCH_HEAD");
  if (!content)
    return {};
  std::map<std::string, std::string> refs;
  for (const auto& [ref, id] : wanted)
    refs.emplace(described(ref), ref);
  wanted_refs result;
  std::istringstream lines{*content};
  for (std::string line; std::getline(lines, line);) {
    const auto id = oid::from_hex(std::string_view{line}.substr(0, hex_digits));
    const auto note = line.find_first_not_of("\t", line.find('\t', hex_digits + 1));
    const auto end = line.find("' of ", std::min(note, line.size()));
    if (!id || end == std::string::npos)
      continue;
    const auto known = refs.find(line.substr(note, end + 5 - note));
    if (known != refs.end())
      result.emplace(known->second, *id);
  }
  if (result.size() != wanted.size())
    return {};
  return result;
}

std::optional<remote::advertised_tags> git_carrier::tags() {
  if (run_.tags)
    return run_.tags;
  if (tags_)
    return tags_;
  const step_clock watch{run_.report.timing.steps.negotiation};
  const auto attempted = "asking " + run_.remote_words() + " for its tags";
  const auto result = run_.must_run(attempted, run_.caller.remote({"ls-remote", "--quiet", "--tags",
                                                                   "--", run_.target.remote.name},
                                                                  slowest_answer));
  if (!result)
    return {};
  const auto answer = parse_answer(result->output);
  if (answer)
    return tags_in(*answer);
  run_.fail(attempted, answer.error());
  return {};
}

}  // namespace headway::git
