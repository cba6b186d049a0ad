#include <chrono>
#include <utility>

#include <actors/gateway/utf8.hpp>
#include <messages/error.hpp>
#include <tools/client/documents.hpp>
#include <tools/client/node.hpp>

namespace headway::tools {

namespace {

// Less than any node's longest wait by default.
constexpr std::chrono::seconds fetch_wait{30};

bool is_success(const http_answer& answer) {
  return answer.status >= 200 && answer.status < 300;
}

std::string project_target(const std::string& id) {
  return "/projects/" + encode_segment(id);
}

std::string fetch_target(const node::open_fetch& fetch) {
  return "/fetches/" + std::to_string(fetch.id.value);
}

// Whoever interrupts does not wait for long: a node that does not answer is left alone.
constexpr std::chrono::seconds patience_of_interrupted{2};

http_call begin_call(const node::open_fetch& fetch) {
  return {.method = "POST", .target = project_target(fetch.project) + "/fetch"};
}

http_call await_call(const node::open_fetch& fetch) {
  return {.target = fetch_target(fetch) + "?wait=" + std::to_string(fetch_wait.count()) + "s",
          .wait = fetch_wait};
}

http_call cancel_call(const node::open_fetch& fetch) {
  return {.method = "DELETE", .target = fetch_target(fetch)};
}

caf::expected<fetch_report> report_in(const caf::expected<http_answer>& answer) {
  if (!answer)
    return answer.error();
  return is_success(*answer) ? parse_fetch_report(answer->body)
                             : caf::expected<fetch_report>{problem_in(*answer)};
}

caf::expected<node_document> document_in(const caf::expected<http_answer>& answer,
                                         const node_document& known) {
  if (!answer)
    return answer.error();
  if (answer->status == 304 && known.status)
    return known;
  if (!is_success(*answer))
    return problem_in(*answer);
  auto status = parse_sync_status(answer->body);
  if (!status)
    return status.error();
  return node_document{answer->body, answer->etag, std::move(*status)};
}

}  // namespace

node::node(http_client client) : client_(std::move(client)) {}

caf::error node::readiness() {
  const auto answer = client_.perform({.target = "/readyz"});
  if (!answer)
    return answer.error();
  return is_success(*answer) ? caf::error{} : problem_in(*answer);
}

caf::expected<std::vector<project_info>> node::list() {
  std::vector<project_info> projects;
  std::string target = "/projects?limit=1000";
  for (;;) {
    const auto answer = client_.perform({.target = target});
    if (!answer)
      return answer.error();
    if (!is_success(*answer))
      return problem_in(*answer);
    auto page = parse_project_page(answer->body);
    if (!page)
      return page.error();
    projects.insert(projects.end(), page->projects.begin(), page->projects.end());
    if (!page->next_cursor)
      return projects;
    target = "/projects?limit=1000&cursor=" + encode_segment(*page->next_cursor);
  }
}

caf::expected<fetch_rules> node::rules() {
  const auto answer = client_.perform({.target = "/scheduler"});
  if (!answer)
    return answer.error();
  return is_success(*answer) ? parse_fetch_rules(answer->body) : problem_in(*answer);
}

caf::expected<node::added> node::add(const std::string& path) {
  if (gateway::to_valid_utf8(path) != path)
    return make_error(
        ec::invalid_argument,
        "the path is not UTF-8, and HTTP requests are; headwayd --add takes any path");
  const auto answer =
      client_.perform({.method = "POST", .target = "/projects", .body = add_request_json(path)});
  if (!answer)
    return answer.error();
  if (!is_success(*answer)) {
    auto id = answer->status == 409 ? project_in_problem(answer->body) : std::nullopt;
    if (!id)
      return problem_in(*answer);
    return added{added::how_it_came::known_already, std::move(*id)};
  }
  auto project = parse_project(answer->body);
  if (!project)
    return project.error();
  return added{added::how_it_came::new_project, std::move(project->id.slug)};
}

caf::error node::remove(const std::string& id) {
  const auto answer = client_.perform({.method = "DELETE", .target = project_target(id)});
  if (!answer)
    return answer.error();
  return is_success(*answer) ? caf::error{} : problem_in(*answer);
}

caf::error node::set_activity(const std::string& id, project_activity wish) {
  const auto* const verb = wish == project_activity::suspended ? "/suspend" : "/resume";
  const auto answer = client_.perform({.method = "POST", .target = project_target(id) + verb});
  if (!answer)
    return answer.error();
  return is_success(*answer) ? caf::error{} : problem_in(*answer);
}

caf::error node::begin_fetch(const std::string& id) {
  const auto answer = client_.perform({.method = "POST", .target = project_target(id) + "/fetch"});
  if (!answer)
    return answer.error();
  return is_success(*answer) ? caf::error{} : problem_in(*answer);
}

caf::error node::follow(int descriptor, const std::function<void(std::string_view)>& take,
                        const std::function<pace()>& glance) {
  return client_.follow("/events", descriptor, take, glance);
}

node_documents node::statuses(const std::vector<std::string>& ids, const survey_watch& watch) {
  std::vector<http_call> calls;
  for (const auto& id : ids)
    calls.push_back(
        {.target = project_target(id) + "/sync-status", .if_none_match = known_[id].etag});
  node_documents result;
  const auto answers = client_.perform(calls, [&](std::size_t done) {
    const auto wish = watch("asking", done, ids.size());
    result.complete = wish == pace::go_on;
    return wish;
  });
  std::map<std::string, node_document> now_known;
  for (std::size_t i = 0; i < ids.size() && result.complete; ++i) {
    auto document = document_in(answers[i], known_[ids[i]]);
    if (document)
      result.documents.push_back(now_known[ids[i]] = std::move(*document));
    else
      result.troubles.push_back({ids[i], detail_of(document.error())});
  }
  known_ = std::move(now_known);
  return result;
}

node::fetches node::fetch(const std::vector<std::string>& ids, const survey_watch& watch) {
  fetches result;
  std::vector<open_fetch> open;
  for (const auto& id : ids)
    open.push_back({id, {}});
  // Without the answer nobody knows what it is that goes on.
  open = ask_about(open, {begin_call, patience_of_interrupted}, ids.size(), watch, result);
  while (!open.empty() && result.complete)
    open = ask_about(open, {await_call}, ids.size(), watch, result);
  if (!result.complete)
    cancel(open);
  return result;
}

void node::cancel(const std::vector<open_fetch>& open) {
  std::vector<http_call> calls;
  for (const auto& one : open)
    calls.push_back(cancel_call(one));
  const auto end = std::chrono::steady_clock::now() + patience_of_interrupted;
  static_cast<void>(client_.perform(calls, [end](std::size_t) {
    return std::chrono::steady_clock::now() < end ? pace::go_on : pace::stop;
  }));
}

std::vector<node::open_fetch> node::ask_about(const std::vector<open_fetch>& open,
                                              fetch_question question, std::size_t all,
                                              const survey_watch& watch, fetches& result) {
  if (open.empty())
    return {};
  std::vector<http_call> calls;
  for (const auto& one : open)
    calls.push_back(question.call(one));
  const auto ended_before = all - open.size();
  const auto note = [&](std::size_t done) {
    const auto wish = watch("fetching", ended_before + done, all);
    result.complete = wish == pace::go_on;
    return wish;
  };
  const auto answers = client_.perform(calls, note, question.patience);
  std::vector<open_fetch> still;
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (auto report = report_in(answers[i]); !answers[i] && !result.complete) {
      // Interrupted before the node answered: it goes on, if it has begun.
      if (open[i].id.value != 0)
        still.push_back(open[i]);
    } else if (!report && code_of(report.error()) == ec::invalid_argument) {
      result.nothing_to_fetch.push_back(open[i].project);
    } else if (!report) {
      result.troubles.push_back({open[i].project, detail_of(report.error())});
    } else if (report->stage == fetch_stage::done) {
      result.reports.push_back(std::move(*report));
    } else {
      still.push_back({open[i].project, report->id});
    }
  return still;
}

}  // namespace headway::tools
