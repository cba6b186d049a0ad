/// The documents of Headway as JSON: what the node answers and what the command line prints.
///
/// Members come in the order given here. Where there is nothing, stands null. Times are RFC 3339 in
/// UTC with milliseconds. Names of branches and paths are bytes; whatever is no UTF-8 becomes
/// U+FFFD.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <messages/fetch.hpp>
#include <messages/project.hpp>
#include <messages/schedule.hpp>
#include <messages/status.hpp>

namespace headway {

/// `{"project","path","state","reason","as_of","remotes":[{"name","url","last_fetch","outcome","error",
/// "next_due"}],"branches":[{"name","head","upstream","local_oid","remote_oid","ahead","behind",
/// "state"}]}`. "shallow": true and "detached_head" follow "as_of" only when they apply, and a
/// branch has a "reason" only when its state needs one.
std::string sync_status_json(const sync_status& status);

/// `{"id","path","state","reason","summary":{"as_of","head","upstream","head_state","ahead","behind",
/// "branches":{STATE:COUNT,…},"last_fetch","next_due"}}`. The summary is null until there is a
/// document; its "branches" has the states that occur.
std::string project_info_json(const project_info& project);

/// `{"projects":[…],"next_cursor"}`.
std::string project_page_json(const project_page& page,
                              const std::optional<std::string>& next_cursor);

/// `{"id","project","reason","stage","requested","finished","remotes":[{"name","outcome","code","error",
/// "started","finished","timing_ms":{"queued","probe","transfer"},"steps_ms":{"login","dns","connect",
/// "tls","negotiation","pack","indexing","checking","refs"},"backend","bytes","objects",
/// "updates":[{"ref","before","after"}]}]}`. The steps are those of the transfer, each rounded up.
std::string fetch_report_json(const fetch_report& report);

/// `{"project","fetches":[…],"next_before"}`, each as by `fetch_report_json`.
std::string fetch_history_json(const project_id& project, const std::vector<fetch_report>& fetches,
                               std::optional<fetch_id> next_before);

/// `{"project","remotes":[{"name","host","step","why","reason","position","next_due","last_success",
/// "failures","host_blocked_until"}]}`. "step" is one of "due_later", "waits_for_probe", "probing",
/// "waits_for_transfer", "transferring", "not_scheduled".
std::string project_schedule_json(const project_schedule& schedule);

/// `{"remotes","due_within_a_minute","next_due","probes":{"waiting","running","limit",
/// "limit_per_host","limited_by"},"transfers":{…},"hosts":[{"host","probing","limit","failures",
/// "blocked_until","why"}]}`. Only hosts with something to tell are there.
std::string scheduler_state_json(const scheduler_state& state);

/// `{"project","remotes":[{"name","stage","outcome","error","last_fetch","next_due"}]}`.
std::string remotes_json(const project_id& project, const std::vector<remote_state>& remotes);

/// `{"id"}`.
std::string project_id_json(const project_id& project);

/// "2026-11-24T07:00:00.000Z"
std::string rfc3339(wall_time time);

}  // namespace headway
