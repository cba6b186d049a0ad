#include <chrono>

#include <actors/graph/graph_worker.hpp>
#include <actors/repo/repo_lease.hpp>
#include <storage/git/commit_graph_upkeep.hpp>
#include <storage/graph/ahead_behind.hpp>
#include <storage/graph/commit_graph.hpp>

namespace headway {

namespace {

caf::expected<loaded_graph> load_graph(const load_graph_job& job,
                                       const std::string& cache_directory) {
  auto opened = job.lease->repository();
  if (!opened)
    return std::move(opened.error());
  auto& repository = **opened;
  auto overrides = repository.read_overrides();
  if (!overrides)
    return std::move(overrides.error());
  loaded_graph result;
  result.ancestry_signature = git::signature_of(*overrides);
  if (result.ancestry_signature != job.ancestry_signature) {
    result.graph = job.known;
    return result;
  }
  auto base = job.known;
  // New commit-graph files usually mean a gc: mapping them is cheaper than reading many objects.
  if (!base || base->files_changed()) {
    const auto folders = repository.object_directories();
    base = graph::commit_graph::load({folders, std::move(*overrides), job.ancestry_signature,
                                      graph::kept_graph_path(cache_directory, folders.front())});
    result.note = base->note();
  }
  auto extended = graph::commit_graph::extend(
      base, *job.tips, [&](const oid& commit) { return repository.read_parents(commit); });
  result.graph = std::move(extended.graph);
  // Some 30 ns a commit, against microseconds for each that was just read from objects.
  if (result.graph->wants_index(job.main_tips))
    result.graph = graph::commit_graph::index(result.graph, job.main_tips);
  for (auto& [tip, error] : extended.unreachable)
    result.unreachable.emplace_back(tip, describe(error));
  return result;
}

count_answer count(const count_job& job, std::uint64_t budget) {
  const auto begin = std::chrono::steady_clock::now();
  count_answer answer;
  answer.counts = std::make_shared<const std::vector<pair_count>>(
      graph::count(*job.graph, *job.pairs, {budget}));
  answer.worked = std::chrono::steady_clock::now() - begin;
  return answer;
}

}  // namespace

graph_worker::behavior_type graph_worker::make_behavior() {
  return {
      [this](const load_graph_job& job) -> caf::result<loaded_graph> {
        return guarded<loaded_graph>([&] { return load(job); });
      },
      [this](const count_job& job) -> caf::result<count_answer> {
        return guarded<count_answer>(
            [&]() -> caf::result<count_answer> { return count(job, settings_.walk_budget); });
      },
      [this](const write_commit_graph_job& job) -> caf::result<caf::ok_atom> {
        return guarded<caf::ok_atom>([&]() -> caf::result<caf::ok_atom> {
          if (auto failure = git::write_commit_graph(job.location, *cancel_))
            return failure;
          return caf::ok_atom::value;
        });
      },
      [this](const keep_graph_job& job) { keep(job); },
  };
}

caf::result<loaded_graph> graph_worker::load(const load_graph_job& job) {
  auto loaded = load_graph(job, settings_.cache_directory);
  if (!loaded)
    return std::move(loaded.error());
  // By a message to itself, so that nobody waits for the disk.
  if (loaded->graph && loaded->graph->wants_keeping())
    send(this, keep_graph_job{loaded->graph});
  return std::move(*loaded);
}

void graph_worker::keep(const keep_graph_job& job) {
  // Loads that were answered one after the other may each have asked for it.
  if (!job.graph->wants_keeping())
    return;
  if (const auto failure = graph::commit_graph::keep(*job.graph))
    log().warn("graph-worker: an index was not kept: {}", describe(failure));
}

}  // namespace headway
