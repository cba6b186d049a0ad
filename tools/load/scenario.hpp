/// What a load scenario says: plain values, checked by `scenario_reader`. Nothing here knows the
/// machine that it runs on.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headway::load {

using std::chrono::milliseconds;

/// A history that projects are copies of.
enum class template_size : std::uint8_t { small, medium, large, kernel };
inline constexpr std::array<std::string_view, 4> template_names{"small", "medium", "large",
                                                                "kernel"};

/// How a remote is reached; `local` is a path.
enum class transport : std::uint8_t { http, https, git, ssh, local };
inline constexpr std::array<std::string_view, 5> transport_names{"http", "https", "git", "ssh",
                                                                 "local"};

/// What users ask for.
enum class request_kind : std::uint8_t { status, list, schedule, scheduler, fetch, add, remove };
inline constexpr std::array<std::string_view, 7> request_names{
    "status", "list", "schedule", "scheduler", "fetch", "add", "remove"};

/// What happens to repositories meanwhile.
enum class change_kind : std::uint8_t {
  push,        ///< New commits on branches of a remote.
  force_push,  ///< Branches of a remote are rewritten.
  commit,      ///< New commits on branches of a clone.
  churn,       ///< A branch comes into being in a clone, and an older one goes.
  gc,          ///< `git gc` in a clone.
};
inline constexpr std::array<std::string_view, 5> change_names{"push", "force_push", "commit",
                                                              "churn", "gc"};

enum class event_kind : std::uint8_t {
  host_down,
  host_slow,
  storm,
  kill_node,
  kill_child,   ///< The youngest process that the node runs.
  kill_server,  ///< One of the servers of remotes, which is started again.
  disk_full,
  cpu_hog,   ///< Processes that compute.
  disk_hog,  ///< Processes that write, and wait until it is on the disk.
  clock_step,
  changes,
};
inline constexpr std::array<std::string_view, 11> event_names{
    "host_down", "host_slow", "storm",    "kill_node",  "kill_child", "kill_server",
    "disk_full", "cpu_hog",   "disk_hog", "clock_step", "changes"};

/// In which way a host is down.
enum class host_failure : std::uint8_t {
  none,
  refuse,      ///< Nobody listens.
  black_hole,  ///< Connections are accepted, and nothing is ever said; those there are fall silent.
  reset,       ///< Connections are reset.
  http_503,    ///< "503 Service Unavailable" with Retry-After.
  http_429,
};
inline constexpr std::array<std::string_view, 6> failure_names{"none",  "refuse",   "black_hole",
                                                               "reset", "http_503", "http_429"};

enum class arrival : std::uint8_t {
  open,    ///< Requests come when they come, however long answers take.
  closed,  ///< A user asks again some time after an answer.
};
inline constexpr std::array<std::string_view, 2> arrival_names{"open", "closed"};

/// Whole numbers, mostly small: `least` plus an exponential, cut off at `most`.
struct distribution {
  std::uint64_t least = 1;
  std::uint64_t mean = 8;
  std::uint64_t most = 40;
};

struct link_quality {
  milliseconds latency{0};      ///< One way.
  milliseconds jitter{0};       ///< Up to this much is added, at random.
  std::uint64_t bandwidth = 0;  ///< Bytes per second of one connection; 0: unlimited.
  std::uint64_t capacity = 0;   ///< The same of all connections together, each way.
  double loss_percent = 0;      ///< Of connections, which break after the first bytes.
};

struct host_plan {
  std::string name;
  transport by = transport::http;
  link_quality link;
};

struct project_group {
  std::uint64_t count = 1;
  template_size of = template_size::small;
  std::string host;
  distribution tracked;     ///< Branches with an upstream, of each project.
  std::uint64_t spare = 0;  ///< More of them, which requests of the kind "add" register.
};

struct peak {
  milliseconds at{0};
  milliseconds lasts{0};
  double factor = 1;
};

struct user_plan {
  std::uint64_t count = 10;
  arrival arrive = arrival::open;
  double rate = 50;                ///< Requests per second of all users together; open arrival.
  milliseconds think_time{1'000};  ///< On average; closed arrival.
  double zipf = 1.0;               ///< Exponent: the hot set; 0: all projects are alike.
  std::array<std::uint64_t, request_names.size()> mix{};  ///< Weights, by kind.
  std::vector<peak> peaks;
};

struct change_plan {
  change_kind kind = change_kind::push;
  double rate = 1;             ///< Per second, at random times.
  std::uint64_t branches = 1;  ///< Of each change.
  std::uint64_t commits = 1;   ///< On each branch.
  milliseconds from{0};
  std::optional<milliseconds> until;
};

struct event_plan {
  milliseconds at{0};
  event_kind what = event_kind::storm;
  std::string name;  ///< For judgements; the kind if the scenario gives none.
  std::string host;
  host_failure how = host_failure::refuse;
  link_quality link;                             ///< Of `host_slow`.
  std::optional<milliseconds> lasts;             ///< Then it is undone.
  std::optional<milliseconds> every;             ///< Again and again.
  milliseconds spread{0};                        ///< Later by up to this, at random.
  std::uint64_t processes = 1;                   ///< Of `cpu_hog` and `disk_hog`.
  milliseconds step{0};                          ///< Of `clock_step`.
  change_kind change = change_kind::force_push;  ///< Of `changes`, in `projects` at once.
  std::uint64_t projects = 0;
  std::uint64_t branches = 1;
};

enum class comparison : std::uint8_t { less, at_most, equal, at_least, more };

/// What figures are of.
enum class measure_kind : std::uint8_t {
  latency,         ///< Percentile of a kind of request.
  latency_change,  ///< The same, against the rest of the run.
  latency_added,   ///< The same, as a difference.
  errors,
  unanswered,
  wrong_answers,
  lost_acknowledgements,
  late_projects,
  staleness,
  staleness_growth,  ///< On average, of the last quarter against the second.
  memory,
  memory_growth,      ///< Likewise.
  descriptor_growth,  ///< Likewise.
  wal,                ///< The greatest size of the database's log.
  cpu,
  pair_hit_rate,
  pairs_counted,
  restart,  ///< The slowest start after a kill.
  debris,   ///< Files that no finished fetch leaves, and clones that fail git fsck.
};

struct measured {
  measure_kind what = measure_kind::latency;
  std::optional<request_kind> of;  ///< Nothing: of all.
  double percent = 99;             ///< 100: the greatest.
};

struct judgement {
  std::string text;  ///< As it was written.
  measured of;
  comparison how = comparison::less;
  double limit = 0;    ///< Milliseconds, bytes, percent or a count, as the measure has it.
  std::string during;  ///< Name of an event; empty: the whole run.
};

struct scenario {
  std::string name;
  std::string about;
  std::uint64_t seed = 1;
  milliseconds duration{60'000};
  milliseconds warm_up{5'000};             ///< Of the duration; answers to it are not judged.
  std::vector<std::string> node_settings;  ///< "KEY=VALUE" over the defaults of headwayd.
  /// Of the servers of remotes. They stand for other machines, so they leave this one to the node;
  /// beside hogs of the usual niceness they would starve.
  std::uint64_t server_niceness = 19;
  bool storm_only = false;  ///< Background fetches are off but for storms.
  std::vector<host_plan> hosts;
  std::vector<project_group> projects;
  user_plan users;
  std::vector<change_plan> changes;
  std::vector<event_plan> events;
  std::vector<judgement> judgements;

  std::uint64_t project_count() const {
    std::uint64_t sum = 0;
    for (const auto& group : projects)
      sum += group.count;
    return sum;
  }
};

}  // namespace headway::load
