#include <chrono>
#include <optional>

#include <actors/repo/repo_lease.hpp>
#include <actors/repo/repo_worker.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/repository.hpp>
#include <storage/graph/commit_graph_chain.hpp>

namespace headway {

namespace {

caf::result<read_refs_answer> read_refs(const read_refs_job& job, const branch_patterns& tracked) {
  const auto begin = std::chrono::steady_clock::now();
  read_refs_answer answer;
  answer.observed = std::chrono::system_clock::now();
  const auto finish = [&] {
    answer.worked = std::chrono::steady_clock::now() - begin;
    return answer;
  };
  if (job.known) {
    const auto now = git::fingerprint(job.lease->location());
    if (!now)
      return now.error();
    if (job.known->matches(*now))
      return finish();
  } else {
    // The first look of this process: another may have been killed in the middle of a fetch.
    git::sweep_abandoned_fetches(job.lease->location());
  }
  auto repository = job.lease->repository();
  if (!repository)
    return std::move(repository.error());
  std::optional<graph::listed_commits> listed;
  const auto is_commit = [&](const oid& id) {
    if (!listed)
      listed = graph::listed_commits::open((*repository)->object_directories());
    return listed->contains(id);
  };
  auto snapshot = (*repository)->read_refs(tracked.home, is_commit, tracked.of_remote);
  if (!snapshot)
    return std::move(snapshot.error());
  answer.snapshot = std::make_shared<const refs_snapshot>(std::move(*snapshot));
  return finish();
}

branch_patterns tracked_by(const fetch_config& settings) {
  branch_patterns result;
  for (const auto& pattern : settings.track)
    result.of_remote.push_back("refs/heads/" + pattern);
  if (settings.update == fetch_config::update_mode::prefetch)
    result.home = upstream_source::prefetch;
  return result;
}

}  // namespace

repo_worker::repo_worker(caf::actor_config& config, engine_context shared,
                         const fetch_config& settings)
    : actor_shell(config, "repo-worker", std::move(shared)), tracked_(tracked_by(settings)) {}

repo_worker::behavior_type repo_worker::make_behavior() {
  return {
      [this](const read_refs_job& job) -> caf::result<read_refs_answer> {
        return guarded<read_refs_answer>([&] { return read_refs(job, tracked_); });
      },
      [](const locate_request& request) -> caf::result<repository_location> {
        return guarded<repository_location>([&]() -> caf::result<repository_location> {
          auto location = git::locate(request.path);
          if (!location)
            return std::move(location.error());
          return std::move(*location);
        });
      },
      [](const sweep_request& request) -> caf::result<caf::ok_atom> {
        return guarded<caf::ok_atom>([&]() -> caf::result<caf::ok_atom> {
          const auto location = git::locate(request.path);
          if (!location)
            return location.error();
          git::sweep_abandoned_fetches(*location);
          return caf::ok_atom::value;
        });
      },
      [](const open_lease_job& job) -> caf::result<repo_lease_ptr> {
        return guarded<repo_lease_ptr>([&]() -> caf::result<repo_lease_ptr> {
          if (auto opened = job.lease->repository(); !opened)
            return std::move(opened.error());
          return caf::result<repo_lease_ptr>{job.lease};
        });
      },
      [](close_job& job) { job.handle.reset(); },
  };
}

}  // namespace headway
