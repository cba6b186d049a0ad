#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <type_traits>

#include <config/options.hpp>

namespace headway {
namespace {

using namespace std::chrono_literals;

template <class Field>
option_value to_value(const Field& field) {
  if constexpr (std::is_same_v<Field, milliseconds>)
    return static_cast<std::uint64_t>(field.count());
  else if constexpr (std::is_integral_v<Field> || std::is_enum_v<Field>)
    return static_cast<std::uint64_t>(field);
  else
    return field;
}

template <class Field>
void from_value(Field& field, const option_value& value) {
  if constexpr (std::is_same_v<Field, milliseconds>)
    field = milliseconds{std::get<std::uint64_t>(value)};
  else if constexpr (std::is_integral_v<Field> || std::is_enum_v<Field>)
    field = static_cast<Field>(std::get<std::uint64_t>(value));
  else
    field = std::get<Field>(value);
}

/// The field at the end of a chain of member pointers.
template <auto... Path>
struct at {
  static option_value get(const node_config& config) { return to_value((config.*....*Path)); }
  static void set(node_config& config, const option_value& value) {
    from_value((config.*....*Path), value);
  }
};

template <auto Field>
using engine = at<&node_config::engine, Field>;
template <auto Field>
using actors = at<&node_config::engine, &engine_config::actors, Field>;
template <auto Field>
using projects = at<&node_config::engine, &engine_config::projects, Field>;
template <auto Field>
using pool = at<&node_config::engine, &engine_config::pool, Field>;
template <auto Field>
using graph = at<&node_config::engine, &engine_config::graph, Field>;
template <auto Field>
using fetch = at<&node_config::engine, &engine_config::fetch, Field>;
template <auto Field>
using database = at<&node_config::engine, &engine_config::database, Field>;
template <auto Field>
using monitor = at<&node_config::engine, &engine_config::monitor, Field>;
template <auto Field>
using http = at<&node_config::http, Field>;
template <auto Field>
using hooks = at<&node_config::http, &http_config::hooks, Field>;
template <auto Field>
using log = at<&node_config::log, Field>;

struct range {
  std::uint64_t min;
  std::uint64_t max;
};

template <class At>
constexpr config_option row(std::string_view key, option_kind kind, option_change change,
                            std::string_view meaning) {
  return {.key = key,
          .kind = kind,
          .change = change,
          .meaning = meaning,
          .get = &At::get,
          .set = &At::set};
}

template <class At>
constexpr config_option number(std::string_view key, option_kind kind, range allowed,
                               option_change change, std::string_view meaning,
                               std::string_view zero_word = {}) {
  auto option = row<At>(key, kind, change, meaning);
  option.min = allowed.min;
  option.max = allowed.max;
  option.zero_word = zero_word;
  return option;
}

template <class At>
constexpr config_option integer(std::string_view key, range allowed, option_change change,
                                std::string_view meaning, std::string_view zero_word = {}) {
  return number<At>(key, option_kind::integer, allowed, change, meaning, zero_word);
}

template <class At>
constexpr config_option size(std::string_view key, range allowed, option_change change,
                             std::string_view meaning, std::string_view zero_word = {}) {
  return number<At>(key, option_kind::size, allowed, change, meaning, zero_word);
}

template <class At>
constexpr config_option duration(std::string_view key, milliseconds shortest, milliseconds longest,
                                 option_change change, std::string_view meaning) {
  return number<At>(
      key, option_kind::duration,
      {static_cast<std::uint64_t>(shortest.count()), static_cast<std::uint64_t>(longest.count())},
      change, meaning);
}

template <class At>
constexpr config_option enumeration(std::string_view key, std::span<const std::string_view> names,
                                    option_change change, std::string_view meaning) {
  auto option = row<At>(key, option_kind::enumeration, change, meaning);
  option.names = names;
  return option;
}

template <class At>
constexpr config_option text(std::string_view key, option_kind kind, text_rule rule,
                             option_change change, std::string_view meaning) {
  auto option = row<At>(key, kind, change, meaning);
  option.rule = rule;
  return option;
}

constexpr auto while_running = option_change::while_running;
constexpr auto at_start = option_change::at_start;

constexpr auto day = 24h;
constexpr std::uint64_t KiB = 1ull << 10;
constexpr std::uint64_t MiB = 1ull << 20;
constexpr std::uint64_t GiB = 1ull << 30;

constexpr range threads{1, 256};
constexpr range memory{1 * MiB, 1024 * GiB};
constexpr range queue{1, 10'000'000};
// The largest integer that TOML can hold.
constexpr range any_integer{0, std::numeric_limits<std::int64_t>::max()};

// By value of the enumerations in engine_config.hpp.
constexpr std::array<std::string_view, 2> background_modes{"on", "off"};
constexpr std::array<std::string_view, 3> fetch_backends{"auto", "git", "native"};
constexpr std::array<std::string_view, 2> update_modes{"tracking", "prefetch"};
constexpr std::array<std::string_view, 2> upkeep_modes{"off", "at_idle"};
constexpr std::array<std::string_view, 3> watch_modes{"inotify", "sweep", "off"};
constexpr std::array<std::string_view, 2> log_formats{"text", "json"};
constexpr std::array<std::string_view, 5> log_levels{"trace", "debug", "info", "warn", "error"};

constexpr std::array sections{
    config_section{"engine", "The node as a whole."},
    config_section{"actors", "Threads of the actor system. Blocking work has threads of its own."},
    config_section{"projects", "Which repositories the node takes."},
    config_section{"pool", "Open repositories."},
    config_section{"graph", "Commit graphs, and how far branches are ahead and behind."},
    config_section{"fetch", "Keeping the remote-tracking refs fresh."},
    config_section{"database", "What survives a restart."},
    config_section{"monitor", "Samples of processor, memory and disk pressure."},
    config_section{"http", "The HTTP interface."},
    config_section{
        "hooks",
        "Webhooks: deliveries to /hooks/github and the like that say that a remote has moved."},
    config_section{"log", "Messages on standard error."},
};

constexpr std::array options{
    duration<engine<&engine_config::stop_deadline>>(
        "engine.stop_deadline", 10ms, 10min, at_start,
        "How long a stop waits for running work before it gives up on it."),
    integer<engine<&engine_config::seed>>(
        "engine.seed", any_integer, at_start,
        "Seed of every random choice (jitter); \"auto\" takes one from the operating system.",
        "auto"),

    integer<actors<&actors_config::threads>>("actors.threads", threads, at_start,
                                             "Threads that run actors."),

    text<projects<&projects_config::allowed_roots>>(
        "projects.allowed_roots", option_kind::text_list, text_rule::absolute_path, while_running,
        "Repositories may be registered only below these directories; an empty list allows every "
        "path."),
    integer<projects<&projects_config::max_count>>(
        "projects.max_count", {1, 1'000'000}, while_running, "Most projects that the node takes."),
    enumeration<projects<&projects_config::watch>>(
        "projects.watch", watch_modes, at_start,
        "How the node notices that refs of a clone move, whoever moves them: \"inotify\" lets the "
        "kernel tell, for half of the folders that the user may watch, and sweeps all other "
        "clones; "
        "\"sweep\" looks at the files of all clones every so often; \"off\" looks when somebody "
        "asks."),
    duration<projects<&projects_config::sweep_interval>>(
        "projects.sweep_interval", 1s, day, at_start,
        "Time between two such looks at a clone; ten times that where the kernel tells."),

    size<pool<&pool_config::memory_budget>>("pool.memory_budget", memory, at_start,
                                            "Memory that open repositories may use; \"auto\" is a "
                                            "quarter of what the cgroup or machine "
                                            "offers, at most 1 GiB.",
                                            "auto"),
    integer<pool<&pool_config::file_descriptor_budget>>(
        "pool.file_descriptor_budget", {8, 1'000'000}, at_start,
        "File descriptors that open repositories may use; \"auto\" is half of the soft limit of "
        "the "
        "process.",
        "auto"),
    integer<pool<&pool_config::max_open>>("pool.max_open", {1, 1'000'000}, at_start,
                                          "Most repositories that are open at once."),
    duration<pool<&pool_config::idle_ttl>>("pool.idle_ttl", 10ms, 30 * day, at_start,
                                           "An unused repository is closed after this."),
    integer<pool<&pool_config::workers>>(
        "pool.workers", threads, at_start,
        "Threads that read repositories of one disk, all but one of which may open some; each "
        "further disk has two of its own. \"auto\" is one per core, 2 to 4, and one more.",
        "auto"),
    integer<pool<&pool_config::queue_limit>>(
        "pool.queue_limit", queue, at_start,
        "Most requests that wait for a repository; more are answered \"overloaded\"."),
    duration<pool<&pool_config::wait_limit>>("pool.wait_limit", 1ms, 1h, at_start,
                                             "Longest wait for a repository."),

    size<graph<&graph_config::memory_budget>>("graph.memory_budget", memory, at_start,
                                              "Memory for commit graphs and counted pairs."),
    integer<graph<&graph_config::workers>>(
        "graph.workers", threads, at_start,
        "Threads that load and walk graphs; \"auto\" is one per core.", "auto"),
    integer<graph<&graph_config::walk_budget>>(
        "graph.walk_budget", {1, 1'000'000'000'000}, at_start,
        "Most commits that one walk visits before it answers \"unknown\".", "unlimited"),
    text<graph<&graph_config::cache_directory>>(
        "graph.cache_directory", option_kind::text, text_rule::absolute_path_or_empty, at_start,
        "Directory where indices of commit graphs are kept, so that the next start need not build "
        "them; \"\" keeps them nowhere."),
    enumeration<graph<&graph_config::write_commit_graphs>>(
        "graph.write_commit_graphs", upkeep_modes, at_start,
        "Whether Git's own commit-graph files in the clones are brought up to date, which makes "
        "the "
        "person's git faster too: \"at_idle\" does so when there are none or they lack a hundred "
        "commits, and nobody waits for anything else."),

    enumeration<fetch<&fetch_config::background>>(
        "fetch.background", background_modes, while_running,
        "Whether remotes are fetched in the background. What a person asks for is fetched always."),
    enumeration<fetch<&fetch_config::backend>>(
        "fetch.backend", fetch_backends, at_start,
        "Who brings the objects. \"native\" is our own, over connections that are kept, for plain "
        "clones over HTTP(S); it takes less time and less of the processor. \"git\" starts git "
        "fetch, which knows everything. \"auto\" takes the first where it can."),
    enumeration<fetch<&fetch_config::update>>(
        "fetch.update", update_modes, at_start,
        "Which refs a fetch moves, and what the status counts against: \"tracking\", those below "
        "refs/remotes, as git fetch does; \"prefetch\", only refs of our own below "
        "refs/prefetch/, so that no command of the person ever meets us."),
    text<fetch<&fetch_config::track>>(
        "fetch.track", option_kind::text_list, text_rule::branch_pattern, at_start,
        "Branches of remotes that are kept fresh and pruned beside those that always are: the "
        "upstreams of local branches, and what HEAD of a remote names. \"*\" stands for any "
        "characters, slashes too; [\"*\"] takes all branches."),
    size<fetch<&fetch_config::max_pack_size>>(
        "fetch.max_pack_size", {1u << 20, std::uint64_t{1} << 50}, at_start,
        "A fetch whose pack is larger is given up.", "unlimited"),
    duration<fetch<&fetch_config::min_interval>>(
        "fetch.min_interval", 100ms, 30 * day, while_running,
        "Shortest time between two background fetches of one remote."),
    duration<fetch<&fetch_config::max_interval>>(
        "fetch.max_interval", 100ms, 365 * day, while_running,
        "Longest time between two background fetches of one remote."),
    integer<fetch<&fetch_config::jitter_percent>>(
        "fetch.jitter_percent", {0, 50}, while_running,
        "Each due time is moved at random by up to this share of the interval, in percent."),
    integer<fetch<&fetch_config::max_concurrent>>(
        "fetch.max_concurrent", {1, 1'024}, while_running,
        "Most fetches at once; \"auto\" is the number of cores less one, at least 1.", "auto"),
    integer<fetch<&fetch_config::min_concurrent>>(
        "fetch.min_concurrent", {1, 1'024}, while_running,
        "So many fetches may run at once however little the machine, or people who wait, leave "
        "for them. With the same value as max_concurrent the number is fixed."),
    integer<fetch<&fetch_config::max_per_host>>("fetch.max_per_host", {1, 1'024}, while_running,
                                                "Most fetches at once from one host."),
    integer<fetch<&fetch_config::max_probes>>(
        "fetch.max_probes", {1, 65'536}, while_running,
        "Most remotes at once that are asked for their refs, to see whether there is anything to "
        "fetch."),
    integer<fetch<&fetch_config::max_probes_per_host>>(
        "fetch.max_probes_per_host", {1, 65'536}, while_running,
        "Most of them at once at one host; fewer while the host is not well."),
    duration<fetch<&fetch_config::deadline>>(
        "fetch.deadline", 100ms, 1 * day, while_running,
        "A fetch is stopped after this. Doubled after each time-out in a row, up to max_deadline."),
    duration<fetch<&fetch_config::max_deadline>>("fetch.max_deadline", 100ms, 7 * day,
                                                 while_running,
                                                 "The deadline is never longer than this."),
    duration<fetch<&fetch_config::kill_grace>>(
        "fetch.kill_grace", 10ms, 5min, while_running,
        "How long a fetch that must end gets between SIGTERM and SIGKILL."),
    duration<fetch<&fetch_config::backoff>>(
        "fetch.backoff", 10ms, 1 * day, while_running,
        "First delay after a failure. Doubles with each failure in a row, with jitter, up to "
        "max_backoff."),
    duration<fetch<&fetch_config::max_backoff>>(
        "fetch.max_backoff", 10ms, 7 * day, while_running,
        "The delay after failures is never longer than this."),
    integer<fetch<&fetch_config::queue_limit>>(
        "fetch.queue_limit", queue, while_running,
        "Most fetches that wait; more are answered \"overloaded\". Never less than a project has "
        "remotes."),
    text<fetch<&fetch_config::allowed_schemes>>("fetch.allowed_schemes", option_kind::text_list,
                                                text_rule::url_scheme, while_running,
                                                "Schemes of remotes that may be contacted. Others "
                                                "are reached unprotected (\"http\", \"git\") or "
                                                "are on this machine (\"file\": local paths, too); "
                                                "a node that is to fetch from such remotes "
                                                "has to name them here."),
    enumeration<fetch<&fetch_config::deny_private_addresses>>(
        "fetch.deny_private_addresses", background_modes, while_running,
        "Whether remotes are refused whose name leads to an address of a private, local or "
        "reserved "
        "network. For nodes that fetch what others register."),
    text<fetch<&fetch_config::tokens>>(
        "fetch.tokens", option_kind::text_list, text_rule::host_token, at_start,
        "Tokens with which remotes over https are asked and fetched, by host: in an environment "
        "variable (\"HOST=env:NAME\") or in the first line of a file (\"HOST=file:/PATH\"), which "
        "is read each time and must not be readable by everybody. HOST may have a port, and a user "
        "name before it (\"user@HOST\"); \"http://HOST\" sends it unencrypted. A token goes to its "
        "host and to no other, and before all other logins but one in the address itself."),
    size<fetch<&fetch_config::bandwidth>>(
        "fetch.bandwidth", {1 * KiB, 1024 * GiB}, while_running,
        "Bytes a second that fetches may bring on average, all together: the next transfer waits "
        "until what the last ones brought is paid off. What a single fetch takes is not slowed.",
        "unlimited"),
    size<fetch<&fetch_config::bandwidth_per_host>>("fetch.bandwidth_per_host",
                                                   {1 * KiB, 1024 * GiB}, while_running,
                                                   "The same for each host.", "unlimited"),
    integer<fetch<&fetch_config::budget_percent>>(
        "fetch.budget_percent", {1, 10'000}, while_running,
        "How much looking at remotes and fetching by the schedule may go on at once on average, in "
        "percent of one. When it would be more, remotes that take long or change rarely are looked "
        "at less often."),
    duration<fetch<&fetch_config::foreground_target>>(
        "fetch.foreground_target", 1ms, 1h, while_running,
        "Background fetches yield while 1 of 100 people waits longer than this for a status."),
    text<fetch<&fetch_config::trusted_repositories>>(
        "fetch.trusted_repositories", option_kind::text_list, text_rule::absolute_path,
        while_running,
        "Repositories at or below these directories may name programs in their own configuration "
        "(core.sshCommand, credential.helper, a remote's uploadpack and the like), which git then "
        "runs. Others that do are not fetched; the personal configuration is always followed."),

    text<database<&database_config::directory>>("database.directory", option_kind::text,
                                                text_rule::absolute_path_or_empty, at_start,
                                                "Directory of the database and of the lock that "
                                                "keeps a second node out; \"\" keeps everything "
                                                "in memory and nothing after a stop."),
    size<database<&database_config::cache_size>>("database.cache_size", {64 * KiB, 64 * GiB},
                                                 at_start, "Page cache of the writer."),
    duration<database<&database_config::fetch_history_retention>>(
        "database.fetch_history_retention", 1min, 3'650 * day, at_start,
        "Entries of the fetch history that are older go."),
    duration<database<&database_config::branch_retention>>(
        "database.branch_retention", 1min, 3'650 * day, at_start,
        "What is known of a branch that is gone goes after this."),
    integer<database<&database_config::queue_limit>>(
        "database.queue_limit", queue, at_start,
        "Most writes that wait; more are answered \"overloaded\"."),

    duration<monitor<&monitor_config::interval>>("monitor.interval", 100ms, 10min, at_start,
                                                 "Time between two samples."),

    text<http<&http_config::address>>(
        "http.address", option_kind::text, text_rule::ip_address_or_empty, at_start,
        "Address to listen on; \"\" listens on none. On a loopback address everybody on this "
        "machine may read and write; on any other, writing needs a token (tokens_file)."),
    integer<http<&http_config::port>>("http.port", {0, 65'535}, at_start,
                                      "Port to listen on; 0 takes any that is free."),
    text<http<&http_config::socket>>(
        "http.socket", option_kind::text, text_rule::absolute_path_or_empty, at_start,
        "Unix socket to listen on, too, which only the user of the node may open; \"\" listens on "
        "none."),
    text<http<&http_config::tls_certificate>>(
        "http.tls_certificate", option_kind::text, text_rule::absolute_path_or_empty, while_running,
        "Certificate with its chain (PEM). With it and tls_key, the address speaks HTTPS and "
        "nothing else. Read again on every SIGHUP."),
    text<http<&http_config::tls_key>>("http.tls_key", option_kind::text,
                                      text_rule::absolute_path_or_empty, while_running,
                                      "Private key of the certificate (PEM); must not be readable "
                                      "by everybody."),
    text<http<&http_config::tokens_file>>(
        "http.tokens_file", option_kind::text, text_rule::absolute_path_or_empty, while_running,
        "Bearer tokens, a line each: \"write TOKEN\" or \"read TOKEN\"; must not be readable by "
        "everybody. Elsewhere than on loopback and the Unix socket, writing needs one that "
        "writes, and reading needs one as soon as the file has one that reads. Read again on "
        "every SIGHUP."),
    text<http<&http_config::allowed_hosts>>(
        "http.allowed_hosts", option_kind::text_list, text_rule::host_name, while_running,
        "Host names that requests may be sent to, besides addresses and \"localhost\". An empty "
        "list allows no other on loopback, and all on other addresses."),
    integer<http<&http_config::max_connections>>("http.max_connections", {1, 1'000'000}, at_start,
                                                 "Most connections at once."),
    integer<http<&http_config::requests_per_second>>(
        "http.requests_per_second", {0, 1'000'000}, at_start,
        "Most requests of one client on a network in a second, and twice as many at once; more "
        "are answered 429. 0 sets no limit. Loopback and the Unix socket have none."),
    size<http<&http_config::max_header_size>>("http.max_header_size", {1 * KiB, 1 * MiB}, at_start,
                                              "Largest header of a request."),
    size<http<&http_config::max_body_size>>("http.max_body_size", {1 * KiB, 16 * MiB}, at_start,
                                            "Largest body of a request."),
    duration<http<&http_config::header_timeout>>(
        "http.header_timeout", 10ms, 10min, at_start,
        "The header of a request must be here within this."),
    duration<http<&http_config::body_timeout>>("http.body_timeout", 10ms, 10min, at_start,
                                               "The body of a request must be here within this."),
    duration<http<&http_config::idle_timeout>>(
        "http.idle_timeout", 10ms, 1h, at_start,
        "A connection without a request is closed after this."),
    duration<http<&http_config::max_wait>>("http.max_wait", 1ms, 1h, at_start,
                                           "Longest \"?wait=\" of a request."),

    text<hooks<&hooks_config::github_secrets>>(
        "hooks.github_secrets", option_kind::text, text_rule::absolute_path_or_empty, at_start,
        "File with the secret of deliveries to /hooks/github, alone on its line; a second line may "
        "hold another one, so that one can take over from the other. \"\" takes none."),
    text<hooks<&hooks_config::gitlab_secrets>>("hooks.gitlab_secrets", option_kind::text,
                                               text_rule::absolute_path_or_empty, at_start,
                                               "The same for /hooks/gitlab."),
    text<hooks<&hooks_config::gitea_secrets>>("hooks.gitea_secrets", option_kind::text,
                                              text_rule::absolute_path_or_empty, at_start,
                                              "The same for /hooks/gitea (and Forgejo)."),
    text<hooks<&hooks_config::bitbucket_secrets>>("hooks.bitbucket_secrets", option_kind::text,
                                                  text_rule::absolute_path_or_empty, at_start,
                                                  "The same for /hooks/bitbucket."),
    size<hooks<&hooks_config::max_body_size>>("hooks.max_body_size", {1 * KiB, 64 * MiB}, at_start,
                                              "Largest body of a delivery."),
    integer<hooks<&hooks_config::per_second>>(
        "hooks.per_second", {1, 10'000}, at_start,
        "Most deliveries of a kind in a second; five seconds' worth may come at once."),

    enumeration<log<&log_config::level>>("log.level", log_levels, while_running,
                                         "Messages below this level are not written."),
    text<log<&log_config::parts>>(
        "log.parts", option_kind::text_list, text_rule::part_level, while_running,
        "Levels of single parts that differ, as \"PART=LEVEL\"; the parts are headwayd, http, "
        "database-writer, database-reader, resource-monitor, repo-pool, graph-cache, prober, "
        "fetch-scheduler, ref-watcher and project-registry."),
    enumeration<log<&log_config::format>>(
        "log.format", log_formats, at_start,
        "\"text\": a line for people; \"json\": an object a line. Where the journal reads, text "
        "lines begin with its priorities instead of the time."),
};

}  // namespace

std::span<const config_option> config_options() noexcept {
  return options;
}

std::span<const config_section> config_sections() noexcept {
  return sections;
}

const config_option* find_option(std::string_view key) noexcept {
  const auto found = std::ranges::find(options, key, &config_option::key);
  return found == options.end() ? nullptr : &*found;
}

}  // namespace headway
