/// The whole configuration as plain structs with their defaults, one per part. After start nobody
/// reads files, flags or the environment: a part receives its own section.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace headway {

using std::chrono::milliseconds;

/// Threads of the actor system. Blocking work has threads of its own (`pool.workers` and so on).
struct actors_config {
  std::size_t threads = 2;
  bool operator==(const actors_config&) const = default;
};

struct projects_config {
  /// Repositories may be registered only below these; empty allows every path.
  std::vector<std::string> allowed_roots;
  /// Most projects a node takes.
  std::size_t max_count = 20'000;
  /// How moves of refs are noticed that nobody asks for: the kernel tells (and clones that it does
  /// not watch are swept), files are looked at every so often, or not at all.
  enum class watch_mode : std::uint8_t { inotify, sweep, off };
  watch_mode watch = watch_mode::inotify;
  /// Between two looks at the files of a clone that is swept; ten times that for watched ones.
  milliseconds sweep_interval{30'000};
  bool operator==(const projects_config&) const = default;
};

struct pool_config {
  /// Bytes that open repositories may use; 0: a quarter of what the cgroup or machine offers, at
  /// most 1 GiB.
  std::uint64_t memory_budget = 0;
  /// Descriptors that open repositories may use; 0: half of the process's soft limit.
  std::uint64_t file_descriptor_budget = 0;
  /// Most repositories that are open at once.
  std::size_t max_open = 4'096;
  /// An unused repository is closed after this.
  milliseconds idle_ttl{300'000};
  /// Threads that read repositories of one disk, all but one open them, too (each further disk has
  /// two more); 0: one per core, 2 to 4, and one.
  std::size_t workers = 0;
  /// Most requests that wait for a repository; more are answered "overloaded". At a start every
  /// project waits for its first look.
  std::size_t queue_limit = 32'768;
  /// Longest wait for a repository.
  milliseconds wait_limit{10'000};
  bool operator==(const pool_config&) const = default;
};

struct graph_config {
  /// Bytes for commit graphs and counted pairs.
  std::uint64_t memory_budget = 512ull << 20;
  /// Threads that load and walk graphs; 0: one per core.
  std::size_t workers = 0;
  /// Most commits that one walk visits before it answers "unknown"; 0: no limit.
  std::uint64_t walk_budget = 0;
  /// Directory where indices are kept between starts; empty: nowhere.
  std::string cache_directory;
  /// Whether Git's own commit-graph files in the clones are brought up to date: `at_idle`, when
  /// there are none or they lack a hundred commits, and nobody waits for anything else.
  enum class commit_graph_upkeep : std::uint8_t { off, at_idle };
  commit_graph_upkeep write_commit_graphs = commit_graph_upkeep::off;
  bool operator==(const graph_config&) const = default;
};

/// All schemes that Headway can fetch from; "file" is local paths, too.
inline const std::vector<std::string> known_schemes{"https", "ssh", "http", "git", "file"};

struct fetch_config {
  /// Whether remotes are fetched in the background at all. A person's request always is.
  enum class background_mode : std::uint8_t { on, off };
  background_mode background = background_mode::on;
  /// Who brings the objects: `automatic` leaves to git what only git can fetch.
  enum class backend_choice : std::uint8_t { automatic, git, native };
  backend_choice backend = backend_choice::automatic;
  /// Which refs move, and what the status counts against: refs/remotes, or refs of our own below
  /// refs/prefetch.
  enum class update_mode : std::uint8_t { tracking, prefetch };
  update_mode update = update_mode::tracking;
  /// Patterns ("release/*") of branches of remotes that are kept fresh beside upstreams of local
  /// branches and the remote's HEAD; "*" takes all.
  std::vector<std::string> track;
  /// Bytes of a pack above which it is refused; 0: no limit.
  std::uint64_t max_pack_size = 0;
  /// Shortest and longest time between two background fetches of one remote.
  milliseconds min_interval{60'000};
  milliseconds max_interval{6ll * 60 * 60 * 1000};
  /// Each due time is moved at random by up to this share, in percent.
  unsigned jitter_percent = 10;
  /// Most fetches at once; 0: cores minus one, at least 1.
  std::size_t max_concurrent = 0;
  /// So many may run whatever the machine is under.
  std::size_t min_concurrent = 1;
  /// Most fetches at once from one host.
  std::size_t max_per_host = 4;
  /// Most remotes at once that are asked for their refs.
  std::size_t max_probes = 128;
  /// Most of them at once at one host; over HTTP/1.1 they share eight connections.
  std::size_t max_probes_per_host = 32;
  /// A fetch is stopped after this; doubled after each time-out in a row, up to `max_deadline`.
  milliseconds deadline{120'000};
  milliseconds max_deadline{30ll * 60 * 1000};
  /// How long a child gets between SIGTERM and SIGKILL.
  milliseconds kill_grace{10'000};
  /// First delay after a failure; doubles, with jitter, up to `max_backoff`.
  milliseconds backoff{5'000};
  milliseconds max_backoff{15ll * 60 * 1000};
  /// Most fetches that wait; more are answered "overloaded".
  std::size_t queue_limit = 100'000;
  /// Schemes that may be contacted, of `known_schemes`.
  std::vector<std::string> allowed_schemes{"https", "ssh"};
  /// Whether remotes at addresses of private and local networks are refused.
  enum class denial : std::uint8_t { on, off };
  denial deny_private_addresses = denial::off;
  /// Where the tokens for hosts are: "HOST=env:NAME" or "HOST=file:/PATH"
  /// (messages/token_source.hpp).
  std::vector<std::string> tokens;
  /// Bytes a second that fetches may bring, all together and from one host; 0: any number.
  std::uint64_t bandwidth = 0;
  std::uint64_t bandwidth_per_host = 0;
  /// How much looking at remotes and fetching by the schedule may go on at once on average, in
  /// percent of one. Intervals grow when it would be more.
  unsigned budget_percent = 50;
  /// Background work yields while the 99th percentile of what people wait for is above this.
  milliseconds foreground_target{200};
  /// Directories of repositories whose own configuration may name programs for git to run.
  std::vector<std::string> trusted_repositories;
  bool operator==(const fetch_config&) const = default;
};

struct database_config {
  /// Directory of the database and the instance lock; empty: in memory, nothing is kept.
  std::string directory;
  /// Bytes of page cache of the writer.
  std::uint64_t cache_size = 64ull << 20;
  /// Rows of fetch history older than this go.
  milliseconds fetch_history_retention{30ll * 24 * 60 * 60 * 1000};
  /// What is known of a branch that is gone goes after this.
  milliseconds branch_retention{30ll * 24 * 60 * 60 * 1000};
  /// Most writes that wait; more are answered "overloaded".
  std::size_t queue_limit = 100'000;
  bool operator==(const database_config&) const = default;
};

struct monitor_config {
  milliseconds interval{5'000};
  bool operator==(const monitor_config&) const = default;
};

/// What an embedded engine needs.
struct engine_config {
  actors_config actors;
  projects_config projects;
  pool_config pool;
  graph_config graph;
  fetch_config fetch;
  database_config database;
  monitor_config monitor;
  /// How long `engine::stop` waits for running work before it gives up on it.
  milliseconds stop_deadline{15'000};
  /// Seed of every random choice (jitter); 0: from the operating system.
  std::uint64_t seed = 0;
  bool operator==(const engine_config&) const = default;
};

/// Webhooks: deliveries that say that a remote has moved.
struct hooks_config {
  /// Files with one or two secrets, one a line; empty: no deliveries of that kind are taken.
  std::string github_secrets;
  std::string gitlab_secrets;
  std::string gitea_secrets;
  std::string bitbucket_secrets;
  std::uint64_t max_body_size = 5ull << 20;
  unsigned per_second = 20;
  bool operator==(const hooks_config&) const = default;
};

struct http_config {
  /// Empty: no TCP.
  std::string address = "127.0.0.1";
  std::uint16_t port = 8420;
  /// Path of a Unix socket, for the node's own user alone; empty: none.
  std::string socket;
  /// PEM files; both or neither. With them TCP speaks TLS.
  std::string tls_certificate;
  std::string tls_key;
  /// File of bearer tokens; empty: there are none, and only this machine may change anything.
  std::string tokens_file;
  /// Host names that requests may name, beside addresses and "localhost"; empty: on loopback no
  /// other, on a network all.
  std::vector<std::string> allowed_hosts;
  std::size_t max_connections = 10'000;
  /// Of one client on a network; 0: no limit.
  unsigned requests_per_second = 200;
  std::uint64_t max_header_size = 8ull << 10;
  std::uint64_t max_body_size = 64ull << 10;
  milliseconds header_timeout{5'000};
  milliseconds body_timeout{10'000};
  milliseconds idle_timeout{60'000};
  /// Longest `?wait=`.
  milliseconds max_wait{120'000};
  hooks_config hooks;
  bool operator==(const http_config&) const = default;
};

struct log_config {
  enum class level_name : std::uint8_t { trace, debug, info, warn, error };
  level_name level = level_name::info;
  /// Levels of single parts, as "PART=LEVEL".
  std::vector<std::string> parts;
  enum class line_format : std::uint8_t { text, json };
  line_format format = line_format::text;
  bool operator==(const log_config&) const = default;
};

/// What `headwayd` needs.
struct node_config {
  engine_config engine;
  http_config http;
  log_config log;
  bool operator==(const node_config&) const = default;
};

}  // namespace headway
