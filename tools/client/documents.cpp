#include <charconv>
#include <exception>
#include <stdexcept>

#include <boost/json.hpp>

#include <messages/error.hpp>
#include <tools/client/documents.hpp>

namespace headway::tools {

namespace {

namespace json = boost::json;

std::string text(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::string required_text(const json::object& object, std::string_view name) {
  return std::string{object.at(name).as_string()};
}

std::optional<std::uint64_t> number(const json::object& object, std::string_view name) {
  const auto& value = object.at(name);
  if (value.is_null())
    return std::nullopt;
  return value.to_number<std::uint64_t>();
}

int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  const auto* const end = text.data() + at + count;
  if (const auto [stop, error] = std::from_chars(text.data() + at, end, value);
      error != std::errc{} || stop != end)
    throw std::invalid_argument{"no time"};
  return value;
}

/// "2026-11-24T07:00:00.000Z"
wall_time time_of(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 24 || text.back() != 'Z')
    throw std::invalid_argument{"no time"};
  const year_month_day date{year{digits(text, 0, 4)},
                            month{static_cast<unsigned>(digits(text, 5, 2))},
                            day{static_cast<unsigned>(digits(text, 8, 2))}};
  if (!date.ok())
    throw std::invalid_argument{"no date"};
  return sys_days{date} + hours{digits(text, 11, 2)} + minutes{digits(text, 14, 2)} +
         seconds{digits(text, 17, 2)} + milliseconds{digits(text, 20, 3)};
}

std::optional<wall_time> optional_time(const json::object& object, std::string_view name) {
  const auto value = text(object, name);
  if (value.empty())
    return std::nullopt;
  return time_of(value);
}

template <class T>
T known(std::optional<T> value) {
  if (!value)
    throw std::invalid_argument{"a name that this version does not know"};
  return *value;
}

std::optional<oid> optional_oid(const json::object& object, std::string_view name) {
  return oid::from_hex(text(object, name));
}

branch_status branch_of(const json::object& object) {
  branch_status branch;
  branch.name = required_text(object, "name");
  branch.head = object.at("head").as_bool();
  branch.upstream = text(object, "upstream");
  branch.local_oid = optional_oid(object, "local_oid");
  branch.remote_oid = optional_oid(object, "remote_oid");
  branch.ahead = number(object, "ahead");
  branch.behind = number(object, "behind");
  branch.state = known(branch_state_from(required_text(object, "state")));
  branch.reason = text(object, "reason");
  return branch;
}

remote_status remote_of(const json::object& object) {
  remote_status remote;
  remote.name = required_text(object, "name");
  remote.url = text(object, "url");
  remote.last_fetch = optional_time(object, "last_fetch");
  remote.outcome = known(fetch_outcome_from(required_text(object, "outcome")));
  remote.error = text(object, "error");
  remote.next_due = optional_time(object, "next_due");
  return remote;
}

sync_status_ptr status_of(const json::object& object) {
  auto status = std::make_shared<sync_status>();
  status->project.slug = required_text(object, "project");
  status->path = required_text(object, "path");
  status->state = known(project_state_from(required_text(object, "state")));
  status->reason = text(object, "reason");
  status->as_of = time_of(required_text(object, "as_of"));
  if (object.contains("detached_head"))
    status->detached_head = required_text(object, "detached_head");
  if (const auto* shallow = object.if_contains("shallow"))
    status->shallow = shallow->as_bool();
  for (const auto& remote : object.at("remotes").as_array())
    status->remotes.push_back(remote_of(remote.as_object()));
  for (const auto& branch : object.at("branches").as_array())
    status->branches.push_back(branch_of(branch.as_object()));
  return status;
}

project_summary summary_of(const json::object& object) {
  project_summary summary;
  summary.as_of = time_of(required_text(object, "as_of"));
  summary.head = text(object, "head");
  summary.upstream = text(object, "upstream");
  if (const auto state = text(object, "head_state"); !state.empty())
    summary.head_state = known(branch_state_from(state));
  summary.ahead = number(object, "ahead");
  summary.behind = number(object, "behind");
  for (const auto& [state, count] : object.at("branches").as_object())
    summary.branches[static_cast<std::size_t>(known(branch_state_from(state)))] =
        count.to_number<std::uint32_t>();
  summary.last_fetch = optional_time(object, "last_fetch");
  summary.next_due = optional_time(object, "next_due");
  return summary;
}

project_info project_of(const json::object& object) {
  project_info project{{required_text(object, "id")},
                       required_text(object, "path"),
                       known(project_state_from(required_text(object, "state"))),
                       text(object, "reason"),
                       std::nullopt};
  if (const auto& summary = object.at("summary"); !summary.is_null())
    project.summary = summary_of(summary.as_object());
  return project;
}

parsed_page page_of(const json::object& object) {
  parsed_page page;
  for (const auto& project : object.at("projects").as_array())
    page.projects.push_back(project_of(project.as_object()));
  if (auto cursor = text(object, "next_cursor"); !cursor.empty())
    page.next_cursor = std::move(cursor);
  return page;
}

ec code_named(std::string_view name) {
  for (auto i = 0; i <= static_cast<int>(ec::suspended); ++i)
    if (const auto code = static_cast<ec>(i); to_string(code) == name)
      return code;
  return ec::remote;
}

fetch_stage stage_named(std::string_view name) {
  for (const auto stage : {fetch_stage::queued, fetch_stage::running, fetch_stage::done})
    if (to_string(stage) == name)
      return stage;
  throw std::invalid_argument{"a stage that this version does not know"};
}

// Those that a node of another version does not tell stay zero.
void read_times(const json::object& object, remote_fetch_report& report) {
  using std::chrono::milliseconds;
  const auto time = [](const json::object& from, std::string_view name) {
    return milliseconds{from.contains(name) ? number(from, name).value_or(0) : 0};
  };
  if (const auto* times = object.if_contains("timing_ms")) {
    report.timing.queued = time(times->as_object(), "queued");
    report.timing.probe = time(times->as_object(), "probe");
    report.timing.transfer = time(times->as_object(), "transfer");
  }
  if (const auto* steps = object.if_contains("steps_ms"))
    for (const auto& step : all_fetch_steps)
      report.timing.steps.*step.time = time(steps->as_object(), step.name);
  report.bytes = object.contains("bytes") ? number(object, "bytes").value_or(0) : 0;
  report.objects = object.contains("objects") ? number(object, "objects").value_or(0) : 0;
  if (object.contains("backend"))
    report.backend = fetch_backend_from(text(object, "backend")).value_or(fetch_backend::automatic);
}

remote_fetch_report remote_report_of(const json::object& object) {
  remote_fetch_report report;
  report.remote = required_text(object, "name");
  report.outcome = known(fetch_outcome_from(required_text(object, "outcome")));
  report.error = text(object, "error");
  if (const auto code = text(object, "code"); !code.empty())
    report.code = code_named(code);
  report.updates.resize(object.at("updates").as_array().size());
  read_times(object, report);
  return report;
}

fetch_report report_of(const json::object& object) {
  fetch_report report;
  report.id.value = number(object, "id").value();
  report.project.slug = required_text(object, "project");
  report.stage = stage_named(required_text(object, "stage"));
  report.finished = optional_time(object, "finished");
  for (const auto& remote : object.at("remotes").as_array())
    report.remotes.push_back(remote_report_of(remote.as_object()));
  return report;
}

struct problem_text {
  ec code = ec::remote;
  std::string title;
  std::string detail;
};

problem_text problem_of(const json::object& object) {
  static constexpr std::string_view lead = "urn:headway:problem:";
  problem_text problem{.title = text(object, "title"), .detail = text(object, "detail")};
  if (const auto type = text(object, "type"); type.starts_with(lead))
    problem.code = code_named(std::string_view{type}.substr(lead.size()));
  return problem;
}

/// `read` throws whatever Boost.JSON throws when the shape is another; no exception leaves this
/// file.
template <class Read>
auto read_document(std::string_view bytes, const char* what, Read read)
    -> caf::expected<decltype(read(std::declval<const json::object&>()))> {
  try {
    return read(json::parse(bytes).as_object());
  } catch (const std::exception&) {
    return make_error(ec::remote, std::string{"the answer of the node is no "} + what +
                                      "; is it a Headway node of this version?");
  }
}

}  // namespace

caf::expected<sync_status_ptr> parse_sync_status(std::string_view bytes) {
  return read_document(bytes, "sync status", status_of);
}

caf::expected<project_info> parse_project(std::string_view bytes) {
  return read_document(bytes, "project", project_of);
}

caf::expected<parsed_page> parse_project_page(std::string_view bytes) {
  return read_document(bytes, "list of projects", page_of);
}

caf::expected<fetch_report> parse_fetch_report(std::string_view bytes) {
  return read_document(bytes, "fetch report", report_of);
}

caf::expected<fetch_rules> parse_fetch_rules(std::string_view bytes) {
  return read_document(bytes, "schedule", [](const json::object& object) {
    return fetch_rules{json::value_to<std::vector<std::string>>(object.at("allowed_schemes")),
                       json::value_to<std::vector<std::string>>(object.at("trusted_repositories"))};
  });
}

caf::expected<fetch_news> parse_fetch_news(std::string_view bytes) {
  return read_document(bytes, "event", [](const json::object& object) {
    fetch_news news{{required_text(object, "project")}};
    for (const auto& remote : object.at("remotes").as_array()) {
      const auto stage = stage_named(required_text(remote.as_object(), "stage"));
      if (stage == fetch_stage::running || news.stage == fetch_stage::done)
        news.stage = stage;
    }
    return news;
  });
}

caf::expected<project_id> parse_removed(std::string_view bytes) {
  return read_document(bytes, "event", [](const json::object& object) {
    return project_id{required_text(object, "id")};
  });
}

caf::error problem_in(const http_answer& answer) {
  const auto unexplained = "the node answered with HTTP status " + std::to_string(answer.status);
  const auto problem = read_document(answer.body, "problem", problem_of);
  if (!problem || problem->title.empty())
    return make_error(ec::remote, unexplained);
  return make_error(problem->code,
                    problem->title + (problem->detail.empty() ? "" : ": " + problem->detail));
}

std::optional<std::string> project_in_problem(std::string_view bytes) {
  const auto project = read_document(
      bytes, "problem", [](const json::object& object) { return text(object, "project"); });
  if (!project || project->empty())
    return std::nullopt;
  return *project;
}

std::string add_request_json(std::string_view path) {
  return json::serialize(json::object{{"path", path}});
}

}  // namespace headway::tools
