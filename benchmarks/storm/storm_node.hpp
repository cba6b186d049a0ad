/// Fetch storms: all projects of a node have something to fetch, and the schedule is let loose on
/// them, while people ask and things go wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tools/client/http_client.hpp>
#include <tools/load/ledger.hpp>
#include <tools/load/node_watch.hpp>
#include <tools/load/scenario.hpp>
#include <tools/load/stage.hpp>

namespace headway::storm {

enum class people : std::uint8_t { ask, are_away };

/// What was seen of a storm, or of a time without one; everything is dated from its beginning.
struct chronicle {
  std::vector<load::sample> answers;
  std::vector<load::node_sample> looks;  ///< Every quarter of a second.
  /// Fetches that had ended when a look was taken.
  std::vector<double> fetched;
  double seconds = 0;  ///< Until the last project had been fetched.

  /// Milliseconds of answers to what was asked in these seconds, in ascending order.
  std::vector<double> latencies(double from, double until) const;
  double cpu_mean() const;   ///< Of the node and its children, percent of one core.
  double cpu_peak() const;   ///< Of a second.
  double wait_mean() const;  ///< Of the machine, percent.
};

/// A commit with `payload` bytes that do not compress, on top of each of the first three branches
/// of the project's remote. Throws with git's words.
void push(const load::project_fixture& project, std::size_t payload, std::mt19937_64& random);

/// A node with its clones, its remotes and their servers, on which storms are played again and
/// again. One thread.
class storm_node {
 public:
  /// `plan` says what there is: hosts, projects, users (open arrival), settings of the node, whose
  /// background fetches are off but for storms. A push brings `payload` bytes that do not compress
  /// to each of three branches. Blocks; throws with the reason when something does not start.
  storm_node(load::scenario plan, std::size_t payload, const load::stage_options& options,
             const load::tell_progress& tell);
  /// Ends everything that was started.
  ~storm_node();
  storm_node(const storm_node&) = delete;
  storm_node& operator=(const storm_node&) = delete;

  /// People ask, and nothing else happens.
  chronicle quiet(load::milliseconds length);

  /// Pushes to every remote, lets background fetches begin, and waits until each project has been
  /// fetched. `events` happen at their times, counted from then on, and are undone. Throws when
  /// there is no end.
  chronicle storm(people who, const std::vector<load::event_plan>& events = {});

  const std::vector<load::project_fixture>& projects() const noexcept { return place_.projects(); }

  /// Background fetches go on and people ask while `what` is done; afterwards until nothing is
  /// fetched any more. Pushes are up to `what`. Answers how many fetches brought something
  /// meanwhile.
  double beside(const std::function<void()>& what);

  /// The node and the people stand still while `what` is done.
  void without(const std::function<void()>& what);

  /// Ends the node, and answers what it has left in clones. Nothing else can be done afterwards.
  load::inspection end(const load::tell_progress& tell);

 private:
  class guests;
  class timeline;

  void push_to_all();
  double fetched();
  void await_rest();
  void begin_watch();
  void look(chronicle& to);

  load::scenario plan_;
  std::size_t payload_;
  load::stage place_;
  std::thread network_;
  std::unique_ptr<tools::http_client> client_;
  std::mt19937_64 random_{1};
  std::uint64_t plays_ = 0;
  std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace headway::storm
