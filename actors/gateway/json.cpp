#include <algorithm>
#include <array>
#include <cstdint>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <actors/gateway/json.hpp>
#include <actors/gateway/utf8.hpp>

namespace headway {

namespace {

namespace json = boost::json;

/// One document's memory: it is built, written and dropped in one go.
class arena {
 public:
  json::storage_ptr storage() { return &resource_; }

 private:
  std::array<unsigned char, 8192> first_{};
  json::monotonic_resource resource_{first_.data(), first_.size()};
};

json::value text(std::string_view bytes, const json::storage_ptr& storage) {
  // Braces would make an array of one string.
  return json::value(json::string(gateway::to_valid_utf8(bytes), storage));
}

json::array texts(const std::vector<std::string>& all, const json::storage_ptr& storage) {
  json::array result(storage);
  for (const auto& one : all)
    result.push_back(text(one, storage));
  return result;
}

json::value text_or_null(std::string_view bytes, const json::storage_ptr& storage) {
  return bytes.empty() ? json::value(nullptr) : text(bytes, storage);
}

json::value time_or_null(const std::optional<wall_time>& time, const json::storage_ptr& storage) {
  return time ? text(rfc3339(*time), storage) : json::value(nullptr);
}

json::value oid_or_null(const std::optional<oid>& id, const json::storage_ptr& storage) {
  return id ? text(id->hex(), storage) : json::value(nullptr);
}

json::value count_or_null(const std::optional<std::uint64_t>& count) {
  return count ? json::value(*count) : json::value(nullptr);
}

json::object remote_object(const remote_status& remote, const json::storage_ptr& storage) {
  json::object object(storage);
  object["name"] = text(remote.name, storage);
  object["url"] = text(remote.url, storage);
  object["last_fetch"] = time_or_null(remote.last_fetch, storage);
  object["outcome"] = text(to_string(remote.outcome), storage);
  object["error"] = text_or_null(remote.error, storage);
  object["next_due"] = time_or_null(remote.next_due, storage);
  return object;
}

json::object branch_object(const branch_status& branch, const json::storage_ptr& storage) {
  json::object object(storage);
  object.reserve(9);
  object["name"] = text(branch.name, storage);
  object["head"] = branch.head;
  object["upstream"] = text_or_null(branch.upstream, storage);
  object["local_oid"] = oid_or_null(branch.local_oid, storage);
  object["remote_oid"] = oid_or_null(branch.remote_oid, storage);
  object["ahead"] = count_or_null(branch.ahead);
  object["behind"] = count_or_null(branch.behind);
  object["state"] = text(to_string(branch.state), storage);
  if (!branch.reason.empty())
    object["reason"] = text(branch.reason, storage);
  return object;
}

json::object summary_object(const project_summary& summary, const json::storage_ptr& storage) {
  json::object object(storage);
  object.reserve(9);
  object["as_of"] = text(rfc3339(summary.as_of), storage);
  object["head"] = text_or_null(summary.head, storage);
  object["upstream"] = text_or_null(summary.upstream, storage);
  object["head_state"] =
      summary.head_state ? text(to_string(*summary.head_state), storage) : json::value(nullptr);
  object["ahead"] = count_or_null(summary.ahead);
  object["behind"] = count_or_null(summary.behind);
  auto& branches = object["branches"].emplace_object();
  for (std::size_t state = 0; state < summary.branches.size(); ++state)
    if (summary.branches[state] != 0)
      branches[to_string(static_cast<branch_state>(state))] = summary.branches[state];
  object["last_fetch"] = time_or_null(summary.last_fetch, storage);
  object["next_due"] = time_or_null(summary.next_due, storage);
  return object;
}

json::object project_object(const project_info& project, const json::storage_ptr& storage) {
  json::object object(storage);
  object["id"] = text(project.id.slug, storage);
  object["path"] = text(project.path, storage);
  object["state"] = text(to_string(project.state), storage);
  object["reason"] = text_or_null(project.reason, storage);
  object["summary"] = project.summary ? json::value(summary_object(*project.summary, storage))
                                      : json::value(nullptr);
  return object;
}

json::object update_object(const ref_update& update, const json::storage_ptr& storage) {
  json::object object(storage);
  object["ref"] = text(update.tracking_ref, storage);
  object["before"] = oid_or_null(update.before, storage);
  object["after"] = oid_or_null(update.after, storage);
  return object;
}

json::object timing_object(const fetch_timing& timing, const json::storage_ptr& storage) {
  json::object object(storage);
  object["queued"] = timing.queued.count();
  object["probe"] = timing.probe.count();
  object["transfer"] = timing.transfer.count();
  return object;
}

json::object steps_object(const fetch_steps& steps, const json::storage_ptr& storage) {
  json::object object(storage);
  for (const auto& step : all_fetch_steps)
    object[step.name] = std::chrono::ceil<std::chrono::milliseconds>(steps.*step.time).count();
  return object;
}

json::object remote_report_object(const remote_fetch_report& report,
                                  const json::storage_ptr& storage) {
  json::object object(storage);
  object["name"] = text(report.remote, storage);
  object["outcome"] = text(to_string(report.outcome), storage);
  object["code"] =
      report.code == ec::none ? json::value(nullptr) : text(to_string(report.code), storage);
  object["error"] = text_or_null(report.error, storage);
  object["started"] = text(rfc3339(report.started), storage);
  object["finished"] = text(rfc3339(report.finished), storage);
  object["timing_ms"] = timing_object(report.timing, storage);
  object["steps_ms"] = steps_object(report.timing.steps, storage);
  object["backend"] = report.backend == fetch_backend::automatic
                          ? json::value(nullptr)
                          : text(to_string(report.backend), storage);
  object["bytes"] = report.bytes;
  object["objects"] = report.objects;
  auto& updates = object["updates"].emplace_array();
  for (const auto& update : report.updates)
    updates.push_back(update_object(update, storage));
  return object;
}

json::object report_object(const fetch_report& report, const json::storage_ptr& storage) {
  json::object object(storage);
  object["id"] = report.id.value;
  object["project"] = text(report.project.slug, storage);
  object["reason"] = text(to_string(report.reason), storage);
  object["stage"] = text(to_string(report.stage), storage);
  object["requested"] = text(rfc3339(report.requested), storage);
  object["finished"] = time_or_null(report.finished, storage);
  auto& remotes = object["remotes"].emplace_array();
  for (const auto& remote : report.remotes)
    remotes.push_back(remote_report_object(remote, storage));
  return object;
}

json::object schedule_object(const remote_schedule& remote, const json::storage_ptr& storage) {
  json::object object(storage);
  object["name"] = text(remote.remote, storage);
  object["host"] = text_or_null(remote.host, storage);
  object["step"] = text(remote.step, storage);
  object["why"] = text_or_null(remote.why, storage);
  object["reason"] =
      remote.reason ? text(to_string(*remote.reason), storage) : json::value(nullptr);
  object["position"] = count_or_null(remote.position);
  object["next_due"] = time_or_null(remote.next_due, storage);
  object["last_success"] = time_or_null(remote.last_success, storage);
  object["failures"] = remote.failures;
  object["host_blocked_until"] = time_or_null(remote.host_blocked_until, storage);
  return object;
}

json::object stage_object(const stage_state& stage, const json::storage_ptr& storage) {
  json::object object(storage);
  object["waiting"] = stage.waiting;
  object["running"] = stage.running;
  object["limit"] = stage.limit;
  object["limit_per_host"] = stage.limit_per_host;
  object["limited_by"] = text_or_null(stage.limited_by, storage);
  object["stopped_by"] = text_or_null(stage.stopped_by, storage);
  return object;
}

json::object host_object(const host_state& host, const json::storage_ptr& storage) {
  json::object object(storage);
  object["host"] = text(host.host, storage);
  object["probing"] = host.probing;
  object["limit"] = host.limit;
  object["failures"] = host.failures;
  object["blocked_until"] = time_or_null(host.blocked_until, storage);
  object["why"] = text_or_null(host.why, storage);
  return object;
}

json::object state_object(const remote_state& remote, const json::storage_ptr& storage) {
  json::object object(storage);
  object["name"] = text(remote.remote, storage);
  object["stage"] = text(to_string(remote.stage), storage);
  object["outcome"] = text(to_string(remote.outcome), storage);
  object["error"] = text_or_null(remote.error, storage);
  object["last_fetch"] = time_or_null(remote.last_success, storage);
  object["next_due"] = time_or_null(remote.next_due, storage);
  return object;
}

void append_padded(std::string& out, std::uint64_t value, std::size_t width) {
  const auto digits = std::to_string(value);
  out.append(width - std::min(width, digits.size()), '0').append(digits);
}

}  // namespace

std::string rfc3339(wall_time time) {
  using namespace std::chrono;
  const auto exact = floor<milliseconds>(time);
  const auto day = floor<days>(exact);
  const year_month_day date{day};
  const hh_mm_ss clock{exact - day};
  std::string result;
  result.reserve(24);
  append_padded(result, static_cast<std::uint64_t>(std::max(0, static_cast<int>(date.year()))), 4);
  append_padded(result.append("-"), static_cast<unsigned>(date.month()), 2);
  append_padded(result.append("-"), static_cast<unsigned>(date.day()), 2);
  append_padded(result.append("T"), static_cast<std::uint64_t>(clock.hours().count()), 2);
  append_padded(result.append(":"), static_cast<std::uint64_t>(clock.minutes().count()), 2);
  append_padded(result.append(":"), static_cast<std::uint64_t>(clock.seconds().count()), 2);
  append_padded(result.append("."), static_cast<std::uint64_t>(clock.subseconds().count()), 3);
  return result.append("Z");
}

std::string sync_status_json(const sync_status& status) {
  arena memory;
  const auto storage = memory.storage();
  json::object object(storage);
  object.reserve(9);
  object["project"] = text(status.project.slug, storage);
  object["path"] = text(status.path, storage);
  object["state"] = text(to_string(status.state), storage);
  object["reason"] = text_or_null(status.reason, storage);
  object["as_of"] = text(rfc3339(status.as_of), storage);
  if (status.shallow)
    object["shallow"] = true;
  if (status.detached_head)
    object["detached_head"] = text(*status.detached_head, storage);
  auto& remotes = object["remotes"].emplace_array();
  for (const auto& remote : status.remotes)
    remotes.push_back(remote_object(remote, storage));
  auto& branches = object["branches"].emplace_array();
  branches.reserve(status.branches.size());
  for (const auto& branch : status.branches)
    branches.push_back(branch_object(branch, storage));
  return json::serialize(object);
}

std::string project_info_json(const project_info& project) {
  arena memory;
  return json::serialize(project_object(project, memory.storage()));
}

std::string project_page_json(const project_page& page,
                              const std::optional<std::string>& next_cursor) {
  arena memory;
  const auto storage = memory.storage();
  json::object object(storage);
  auto& projects = object["projects"].emplace_array();
  projects.reserve(page.projects.size());
  for (const auto& project : page.projects)
    projects.push_back(project_object(project, storage));
  object["next_cursor"] = next_cursor ? text(*next_cursor, storage) : json::value(nullptr);
  return json::serialize(object);
}

std::string fetch_report_json(const fetch_report& report) {
  arena memory;
  return json::serialize(report_object(report, memory.storage()));
}

std::string fetch_history_json(const project_id& project, const std::vector<fetch_report>& fetches,
                               std::optional<fetch_id> next_before) {
  arena memory;
  const auto storage = memory.storage();
  json::object object(storage);
  object["project"] = text(project.slug, storage);
  auto& list = object["fetches"].emplace_array();
  for (const auto& report : fetches)
    list.push_back(report_object(report, storage));
  object["next_before"] = next_before ? json::value(next_before->value) : json::value(nullptr);
  return json::serialize(object);
}

std::string project_schedule_json(const project_schedule& schedule) {
  arena memory;
  const auto storage = memory.storage();
  json::object object(storage);
  object["project"] = text(schedule.project.slug, storage);
  auto& remotes = object["remotes"].emplace_array();
  for (const auto& remote : schedule.remotes)
    remotes.push_back(schedule_object(remote, storage));
  return json::serialize(object);
}

std::string scheduler_state_json(const scheduler_state& state) {
  arena memory;
  const auto storage = memory.storage();
  json::object object(storage);
  object["remotes"] = state.remotes;
  object["due_within_a_minute"] = state.due_within_a_minute;
  object["next_due"] = time_or_null(state.next_due, storage);
  object["probes"] = stage_object(state.probes, storage);
  object["transfers"] = stage_object(state.transfers, storage);
  auto& hosts = object["hosts"].emplace_array();
  for (const auto& host : state.hosts)
    hosts.push_back(host_object(host, storage));
  object["allowed_schemes"] = texts(state.rules.allowed_schemes, storage);
  object["trusted_repositories"] = texts(state.rules.trusted_repositories, storage);
  return json::serialize(object);
}

std::string remotes_json(const project_id& project, const std::vector<remote_state>& remotes) {
  arena memory;
  const auto storage = memory.storage();
  json::object object(storage);
  object["project"] = text(project.slug, storage);
  auto& list = object["remotes"].emplace_array();
  for (const auto& remote : remotes)
    list.push_back(state_object(remote, storage));
  return json::serialize(object);
}

std::string project_id_json(const project_id& project) {
  arena memory;
  const auto storage = memory.storage();
  json::object object(storage);
  object["id"] = text(project.slug, storage);
  return json::serialize(object);
}

}  // namespace headway
