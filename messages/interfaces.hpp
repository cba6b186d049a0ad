/// Every typed actor interface: the system on one screen. One sentence per message; INTERNAL marks
/// an actor's own timers. Messages live in one process only and are never serialised, which is why
/// they are registered as "unsafe" in CAF's sense below.
#pragma once

#include <functional>
#include <variant>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/typed_actor.hpp>

#include <messages/database.hpp>
#include <messages/fetch.hpp>
#include <messages/graph.hpp>
#include <messages/ids.hpp>
#include <messages/project.hpp>
#include <messages/repo.hpp>
#include <messages/resources.hpp>
#include <messages/schedule.hpp>
#include <messages/status.hpp>

namespace headway {

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using stats_atom = caf::atom_constant<caf::atom("stats")>;
using load_atom = caf::atom_constant<caf::atom("load")>;
using sample_atom = caf::atom_constant<caf::atom("sample")>;
using stop_atom = caf::atom_constant<caf::atom("stop")>;
using retire_atom = caf::atom_constant<caf::atom("retire")>;
using retrack_atom = caf::atom_constant<caf::atom("retrack")>;
using schedule_atom = caf::atom_constant<caf::atom("schedule")>;

/// A lease comes back to the pool; sent by the lease's destructor.
struct lease_returned {
  std::uint64_t ticket = 0;
};

/// A wait for a lease has run out of patience.
struct lease_overdue {
  std::uint64_t ticket = 0;
};

/// Reads the refs of a leased repository.
struct read_refs_job {
  repo_lease_ptr lease;
  std::optional<refs_fingerprint> known;
};

/// Opens a leased repository, so that whoever is given the lease does not wait for the disk.
struct open_lease_job {
  repo_lease_ptr lease;
};

/// A repository handle that nobody leases any more; closing it unmaps files, which takes time.
struct open_repository;  // actors/repo/repo_lease.hpp
struct close_job {
  std::shared_ptr<open_repository> handle;
};

namespace graph {
class commit_graph;  // storage/graph/commit_graph.hpp
}
using commit_graph_ptr = std::shared_ptr<const graph::commit_graph>;

/// Loads, or extends, a graph until it contains all `tips`.
struct load_graph_job {
  repo_lease_ptr lease;
  commit_graph_ptr known;  ///< Null: load from scratch.
  std::shared_ptr<const std::vector<oid>> tips;
  std::uint64_t ancestry_signature = 0;
  /// What most branches are compared with, or all of those that as many are: the main branch.
  std::vector<oid> main_tips;
};

struct loaded_graph {
  commit_graph_ptr graph;
  std::uint64_t ancestry_signature = 0;  ///< As found; differs when the clone changed meanwhile.
  /// Tips that could not be reached, each with its reason.
  std::vector<std::pair<oid, std::string>> unreachable;
  std::string note;  ///< Why a commit-graph file was not used; or empty.
};

/// Keeps the index of a graph for processes to come.
struct keep_graph_job {
  commit_graph_ptr graph;
};

/// Brings Git's own commit-graph files of a clone up to date.
struct write_commit_graph_job {
  repository_location location;
};

/// Counts pairs on a graph that contains their tips.
struct count_job {
  commit_graph_ptr graph;
  std::shared_ptr<const std::vector<tip_pair>> pairs;
};

/// A project tells which remotes it wants fresh, and what is known of them from before a restart.
struct track_project {
  project_id project;
  std::vector<fetch_target> targets;
  std::vector<remote_state> restored;
};

struct fetch_config;  // config/engine_config.hpp
using fetch_limits_ptr = std::shared_ptr<const fetch_config>;

struct untrack_project {
  project_id project;
};

/// The schedule of a project's remotes has changed, or a fetch of one has begun or ended.
struct remotes_changed {
  project_id project;
  remote_states_ptr remotes;
  std::uint64_t number = 0;  ///< Counted up by each project.
};

/// Looks at the refs of remotes that show the same address, most likely all by one question.
struct probe_job {
  std::vector<fetch_target> targets;
  std::chrono::milliseconds deadline{};
  std::vector<std::string> allowed_schemes;
  /// Directories of repositories whose own configuration may name programs.
  std::vector<std::string> trusted_repositories;
  address_rule addresses = address_rule::any;
  std::uint64_t number = 0;  ///< By which it can be cancelled.
};

/// Ends the job with this number: what is still open of it is answered with `cancelled`.
struct cancel_probe {
  std::uint64_t number = 0;
};

/// In the order of the targets.
struct probe_answer {
  std::vector<probe_report> reports;
};

/// Asks the user's credential helpers for a login, without asking the user.
struct login_request {
  repository_location location;  ///< Whose configuration names the helpers.
  std::string url;               ///< Without user information.
  std::string username;          ///< If the address names one.
};

/// Holds a secret: goes from one actor to another and nowhere else.
struct found_login {
  std::string username;
  std::string password;
};

/// Opens the shared ssh connection to the host of a remote, unless it is open.
struct ssh_line_request {
  std::string command;  ///< As git would run it.
  std::string url;
};

/// Where its keeper listens.
struct ssh_line {
  std::string socket;
};

namespace git {
class cancellation;  // storage/git/child_process.hpp
}

/// Runs one fetch to its end.
struct fetch_job {
  fetch_target target;
  advertised_refs_ptr seen;  ///< What a probe saw a moment ago; null: the remote is asked.
  std::chrono::milliseconds deadline{};
  std::chrono::milliseconds kill_grace{};
  std::vector<std::string> allowed_schemes;
  std::vector<std::string> trusted_repositories;
  address_rule addresses = address_rule::any;
  std::shared_ptr<const git::cancellation> cancel;  ///< Ends it, wherever it stands.
  fetch_haste haste = fetch_haste::somebody_waits;
};

/// A project has a new document.
struct status_published {
  sync_status_ptr status;
};

/// What those hear who follow an engine: a line of the list that no document made (a project was
/// added, or failed), a new document, what the remotes of a project do, a removal.
using engine_event = std::variant<project_info, sync_status_ptr, remotes_changed, project_removed>;

/// What `engine::reload` may change about registering projects.
struct projects_limits {
  std::vector<std::string> allowed_roots;
  std::size_t max_count = 0;
};

struct restart_part {
  std::size_t number = 0;
};

/// Owns the open repositories and the workers that read them.
using repo_pool_actor = caf::typed_actor<
    // Answers with exclusive use of an open repository, until the lease is destroyed.
    caf::replies_to<lease_request>::with<repo_lease_ptr>,
    // Answers with the refs of a clone, or that they are as the asker knows them.
    caf::replies_to<read_refs_request>::with<read_refs_answer>,
    // Answers with the parts of the repository at a path.
    caf::replies_to<locate_request>::with<repository_location>,
    // Tidies a repository that nobody looks at; in the background.
    caf::replies_to<sweep_request>::with<caf::ok_atom>,
    // What waits for this repository is for a person now.
    caf::reacts_to<person_waits>,
    // How full it is.
    caf::replies_to<stats_atom>::with<pool_stats>,
    // The machine as it is now: short of memory, the pool keeps less open.
    caf::reacts_to<resource_sample_ptr>,
    // INTERNAL: a lease ended.
    caf::reacts_to<lease_returned>,
    // INTERNAL: a wait for a lease, or for a worker, has taken as long as it may.
    caf::reacts_to<lease_overdue>,
    // INTERNAL: closes what has been idle for too long.
    caf::reacts_to<tick_atom>>;

/// Reads repositories; blocks; one job at a time.
using repo_worker_actor =
    caf::typed_actor<caf::replies_to<read_refs_job>::with<read_refs_answer>,
                     caf::replies_to<locate_request>::with<repository_location>,
                     caf::replies_to<sweep_request>::with<caf::ok_atom>,
                     // Answers with the lease, opened.
                     caf::replies_to<open_lease_job>::with<repo_lease_ptr>,
                     // Closes a handle that the pool gave up.
                     caf::reacts_to<close_job>>;

/// Tells when a person, or anything else, moves refs of a clone.
using ref_watcher_actor = caf::typed_actor<
    // Tells the registry from now on when refs of the clone move.
    caf::reacts_to<watch_clone>, caf::reacts_to<unwatch_clone>,
    caf::replies_to<stats_atom>::with<watch_stats>>;

/// Owns one commit graph per object store and the counts that were computed on it.
using graph_cache_actor = caf::typed_actor<
    // Answers with the counts of all pairs; joins a load or a walk that runs already.
    caf::replies_to<count_request>::with<count_answer>,
    // What is loaded and counted of this repository is for a person now.
    caf::reacts_to<person_waits>, caf::replies_to<stats_atom>::with<graph_stats>>;

/// Loads graphs and walks them; blocks; one job at a time.
using graph_worker_actor =
    caf::typed_actor<caf::replies_to<load_graph_job>::with<loaded_graph>,
                     caf::replies_to<count_job>::with<count_answer>,
                     caf::replies_to<write_commit_graph_job>::with<caf::ok_atom>,
                     // INTERNAL: follows a load that has been answered.
                     caf::reacts_to<keep_graph_job>>;

/// Decides which remote is fetched next and how many fetches run at once.
using fetch_scheduler_actor = caf::typed_actor<
    // Takes over the remotes of a project, or what has changed in them.
    caf::reacts_to<track_project>, caf::reacts_to<untrack_project>,
    // Looks at remotes that may have moved, in a moment; once more when they are being fetched.
    caf::reacts_to<remote_hint>,
    // Keeps the remotes of a project fresher for a while.
    caf::reacts_to<project_viewed>,
    // Answers at once with the fetch as queued; joins fetches that run already.
    caf::replies_to<fetch_request>::with<fetch_report_ptr>,
    // Answers when the fetch has ended, or as it stands when patience ends.
    caf::replies_to<await_fetch>::with<fetch_report_ptr>,
    // Ends a fetch, and answers when nobody works for it any more.
    caf::replies_to<cancel_fetch>::with<fetch_report_ptr>,
    caf::replies_to<stats_atom>::with<scheduler_stats>,
    // The machine as it is now.
    caf::reacts_to<resource_sample_ptr>,
    // Takes over intervals and limits that can change while running.
    caf::reacts_to<fetch_limits_ptr>,
    // Answers with how all of it stands.
    caf::replies_to<schedule_atom>::with<scheduler_state_ptr>,
    // Answers with how the remotes of one project stand.
    caf::replies_to<schedule_request>::with<project_schedule_ptr>,
    // INTERNAL: starts what is due.
    caf::reacts_to<tick_atom>>;

/// Asks remotes for their refs, many at once; others read files for it.
using prober_actor = caf::typed_actor<
    // Answers when all remotes of the job have answered or failed.
    caf::replies_to<probe_job>::with<probe_answer>, caf::reacts_to<cancel_probe>>;

/// Runs credential helpers; blocks; one at a time.
using login_worker_actor = caf::typed_actor<caf::replies_to<login_request>::with<found_login>>;

/// Opens ssh connections; blocks; one at a time.
using ssh_opener_actor = caf::typed_actor<caf::replies_to<ssh_line_request>::with<ssh_line>>;

/// Runs fetches; blocks; one at a time.
using fetch_worker_actor = caf::typed_actor<caf::replies_to<fetch_job>::with<remote_fetch_report>>;

/// Owns the only writable connection to the database.
using database_writer_actor = caf::typed_actor<
    caf::replies_to<load_atom>::with<stored_state_ptr>,
    // Each is answered once its transaction has been committed.
    caf::replies_to<put_project>::with<caf::ok_atom>,
    caf::replies_to<delete_project>::with<caf::ok_atom>,
    caf::replies_to<set_activity>::with<caf::ok_atom>,
    caf::replies_to<put_status>::with<caf::ok_atom>,
    caf::replies_to<put_remote>::with<caf::ok_atom>, caf::replies_to<put_fetch>::with<caf::ok_atom>,
    // Answers from the writer's own connection: for a database in memory, which has no other.
    caf::replies_to<find_fetch>::with<fetch_report_ptr>,
    caf::replies_to<find_fetches>::with<fetch_reports_ptr>,
    caf::replies_to<stats_atom>::with<store_stats>,
    // Drops history past its retention; asked for now and then by the registry.
    caf::reacts_to<retire_atom>,
    // INTERNAL: commits the batch that has gathered.
    caf::reacts_to<tick_atom>>;

/// Answers questions about the past from a read-only connection.
using database_reader_actor =
    caf::typed_actor<caf::replies_to<find_fetch>::with<fetch_report_ptr>,
                     caf::replies_to<find_fetches>::with<fetch_reports_ptr>>;

/// Knows one project.
using project_actor = caf::typed_actor<
    // Answers with the status, local refs as on disk now.
    caf::replies_to<status_request>::with<status_answer>,
    // Answers with its line of the list as it then is.
    caf::replies_to<set_activity>::with<project_info>,
    // What its remotes are doing.
    caf::reacts_to<remotes_changed>,
    // Its refs may have moved: it looks, though nobody asks.
    caf::reacts_to<refs_moved>,
    // The scheduler or the watcher was restarted and has to be told again of its clone.
    caf::reacts_to<retrack_atom>,
    // INTERNAL: looks again some time after a look that failed.
    caf::reacts_to<tick_atom>>;

/// Knows all projects by id and by path. Before it has loaded them it answers `shutting_down`: it
/// cannot tell what there is.
using project_registry_actor = caf::typed_actor<
    // Brings back what the store knows; answers with the number of projects.
    caf::replies_to<load_atom>::with<std::uint64_t>,
    caf::replies_to<add_project>::with<project_info>,
    caf::replies_to<remove_project>::with<project_info>,
    caf::replies_to<set_activity>::with<project_info>,
    caf::replies_to<list_projects>::with<project_page>,
    caf::replies_to<status_request>::with<status_answer>,
    caf::replies_to<fetch_request>::with<fetch_report_ptr>,
    // One project's line of the list.
    caf::replies_to<project_id>::with<project_info>,
    // From projects: a new document.
    caf::reacts_to<status_published>,
    // From the scheduler and the watcher, to be passed on.
    caf::reacts_to<remotes_changed>, caf::reacts_to<refs_moved>,
    // The scheduler or the watcher was restarted.
    caf::reacts_to<retrack_atom>,
    // Takes over the limits that can change while running.
    caf::reacts_to<projects_limits>,
    // INTERNAL: periodic upkeep of the store.
    caf::reacts_to<tick_atom>>;

/// Observes the machine.
using resource_monitor_actor =
    caf::typed_actor<caf::replies_to<sample_atom>::with<resource_sample_ptr>,
                     // Takes a sample and sends it to the scheduler, which asks for it at its pace,
                     // and to the pool.
                     caf::reacts_to<tick_atom>>;

/// Starts the parts of an engine, restarts one that failed, stops them in order.
using supervisor_actor = caf::typed_actor<
    // Stops all parts, each after the one before it has ended; the supervisor ends last.
    caf::reacts_to<stop_atom>,
    // INTERNAL: starts part number `n` again.
    caf::reacts_to<restart_part>>;

}  // namespace headway

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::lease_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::locate_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::sweep_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::person_waits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::repository_location)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::repo_lease_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::read_refs_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::read_refs_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::pool_stats)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::watch_clone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::unwatch_clone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::refs_moved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::watch_stats)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::lease_returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::lease_overdue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::read_refs_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::load_graph_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::loaded_graph)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::keep_graph_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::write_commit_graph_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::count_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::count_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::count_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::graph_stats)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::track_project)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::untrack_project)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::remotes_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::fetch_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::probe_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::cancel_probe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::probe_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::login_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::found_login)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::ssh_line_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::ssh_line)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::remote_hint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::project_viewed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::schedule_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::project_schedule_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::scheduler_state_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::fetch_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::fetch_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::await_fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::cancel_fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::remote_fetch_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::scheduler_stats)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::status_published)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::projects_limits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::fetch_limits_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::open_lease_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::close_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::restart_part)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::stored_state_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::put_project)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::delete_project)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::set_activity)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::put_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::put_remote)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::put_fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::find_fetch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::find_fetches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::fetch_reports_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::store_stats)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::add_project)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::remove_project)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::list_projects)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::project_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::project_info)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::project_id)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::status_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::status_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::resource_sample_ptr)
