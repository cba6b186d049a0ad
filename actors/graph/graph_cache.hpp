/// The actor that owns commit graphs and the counts made on them.
///
/// One entry per object store. A request is answered from counted pairs; pairs that are missing are
/// counted by a worker; tips that the graph lacks make it load or grow first. However many ask, one
/// load per store and one count per pair run at a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include <actors/actor_shell.hpp>
#include <actors/graph/pair_cache.hpp>
#include <actors/worker_queue.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace headway {

using graph_worker_factory = std::function<graph_worker_actor()>;

class graph_cache : public actor_shell<graph_cache_actor> {
 public:
  graph_cache(caf::actor_config& config, engine_context shared, graph_config settings,
              std::size_t workers, graph_worker_factory make_worker);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  using promise_type = caf::typed_response_promise<count_answer>;
  using time_point = std::chrono::steady_clock::time_point;

  /// Somebody who waits for counts.
  struct asker {
    count_request request;
    promise_type promise;
    time_point since{};
    std::chrono::nanoseconds worked{};
    std::unordered_map<tip_pair, pair_count> answers;
    std::size_t missing = 0;  ///< Pairs being counted for it.
    bool loaded = false;      ///< A load was made for its tips.
  };
  using asker_ptr = std::shared_ptr<asker>;

  struct store_entry {
    std::uint64_t signature = 0;
    commit_graph_ptr graph;
    pair_cache pairs;
    bool loading = false;
    bool writing_files = false;  ///< Or it has failed; then it is left to the person's own git.
    std::vector<asker_ptr> waiting_for_load;
    std::unordered_map<tip_pair, std::vector<asker_ptr>> counting;
    std::uint64_t generation = 0;  ///< Grows with each reset: late results of before are dropped.
    std::uint64_t last_used = 0;
    std::uint64_t graph_bytes = 0;  ///< As they are in `graph_bytes_`.
  };

  struct work_item {
    std::variant<load_graph_job, count_job, write_commit_graph_job> job;
    std::string store;
    std::uint64_t generation = 0;
  };

  caf::result<count_answer> count(const count_request& request);
  store_entry& entry_for(const count_request& request);
  void advance(store_entry& entry, const std::string& store, const asker_ptr& who);
  void joined(const asker& who);
  void hurry(const person_waits& news);
  void start_load(store_entry& entry, const std::string& store, const asker_ptr& who,
                  std::vector<oid> tips);
  void load_with(const std::string& store, std::uint64_t generation, load_graph_job job);
  void loaded(const std::string& store, std::uint64_t generation, loaded_graph& result);
  void load_failed(const std::string& store, std::uint64_t generation, const caf::error& error);
  void start_count(store_entry& entry, const std::string& store, std::vector<tip_pair> pairs,
                   urgency who);
  void counted(const std::string& store, std::uint64_t generation,
               const std::vector<tip_pair>& pairs, const count_answer& answer);
  void count_failed(const std::string& store, std::uint64_t generation,
                    const std::vector<tip_pair>& pairs, const caf::error& error);
  void settle(const tip_pair& pair, const pair_count& count, std::vector<asker_ptr>& askers,
              std::chrono::nanoseconds worked);
  void answer(asker& who);
  void keep_up_files(store_entry& entry, const std::string& store,
                     const repository_location& location);
  void files_written(const std::string& store, std::uint64_t generation);
  void offer(work_item item, urgency who);
  void pump();
  void run(graph_worker_actor worker, work_item item);
  void done(graph_worker_actor worker);
  void fail(const work_item& item, const caf::error& error);
  void replace_worker(const caf::actor_addr& dead);
  /// The only way in which an entry gets another graph, or none.
  void set_graph(store_entry& entry, commit_graph_ptr graph);
  /// Calls `change`, which changes `entry.pairs` and nothing else of this actor.
  template <class Change>
  std::size_t change_pairs(store_entry& entry, Change change);
  void keep_within_budget();
  graph_stats stats() const;

  graph_config settings_;
  graph_worker_factory make_worker_;
  worker_queue<graph_worker_actor, work_item> work_;
  std::vector<graph_worker_actor> workers_;
  std::unordered_map<std::string, store_entry> stores_;
  std::uint64_t clock_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t loads_ = 0;
  std::uint64_t evictions_ = 0;
  // Sums over all entries: adding them up with each count would cost more than the count.
  std::size_t pairs_ = 0;
  std::size_t graphs_ = 0;
  std::uint64_t graph_bytes_ = 0;
};

}  // namespace headway
