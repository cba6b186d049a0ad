#include <algorithm>
#include <charconv>
#include <cstdio>
#include <variant>

#include <boost/url/grammar/ci_string.hpp>

#include <actors/gateway/add_request.hpp>
#include <actors/gateway/cursor.hpp>
#include <actors/gateway/entity_tag.hpp>
#include <actors/gateway/handlers.hpp>
#include <actors/gateway/json.hpp>
#include <actors/gateway/page.hpp>
#include <actors/gateway/status_batch.hpp>
#include <actors/gateway/target.hpp>

namespace headway::gateway {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds as_usual{0};

reply uncached(reply result) {
  result.fields.emplace_back("Cache-Control", "no-store");
  return result;
}

std::string project_address(const project_id& project) {
  return "/projects/" + encode_segment(project.slug);
}

/// Whether `field` names JSON in UTF-8, the only encoding that JSON has.
bool is_json(const std::optional<std::string>& field) {
  if (!field)
    return false;
  auto type = std::string_view{*field}.substr(0, field->find(';'));
  while (type.ends_with(' ') || type.ends_with('\t'))
    type.remove_suffix(1);
  return boost::urls::grammar::ci_is_equal(type, "application/json");
}

void append_duration(std::string& out, std::string_view name, std::chrono::nanoseconds time) {
  char number[32];
  std::snprintf(number, sizeof number, "%.3f", static_cast<double>(time.count()) / 1e6);
  out.append(out.empty() ? "" : ", ").append(name).append(";dur=").append(number);
}

std::string server_timing(const status_timing& timing) {
  std::string text;
  append_duration(text, "db", timing.db);
  append_duration(text, "pool", timing.pool);
  append_duration(text, "graph", timing.graph);
  append_duration(text, "total", timing.total);
  return text;
}

reply status_reply(const request& asked, const written_documents::written& written,
                   const status_answer& found) {
  const bool is_known = asked.if_none_match && matches(*asked.if_none_match, written.tag);
  auto result = is_known ? reply{304, {}, {}, {}} : json_reply(200, written.body);
  result.fields.emplace_back("ETag", written.tag);
  result.fields.emplace_back("Cache-Control", "no-cache");
  result.fields.emplace_back("Server-Timing", server_timing(found.timing));
  return result;
}

reply page_reply(const list_projects& query, const project_page& page) {
  if (!page.more || page.projects.empty())
    return uncached(json_reply(200, project_page_json(page, std::nullopt)));
  const auto cursor = encode_cursor(page.projects.back().id);
  auto result = uncached(json_reply(200, project_page_json(page, cursor)));
  auto next = "</projects?limit=" + std::to_string(query.limit) + "&cursor=" + cursor;
  if (query.state)
    next.append("&state=").append(to_string(*query.state));
  result.fields.emplace_back("Link", next.append(">; rel=\"next\""));
  return result;
}

/// 202 while the fetch goes on, 200 with a fetch that has ended.
reply fetch_reply(const fetch_report& report) {
  const auto status = report.stage == fetch_stage::done ? 200 : 202;
  auto result = uncached(json_reply(status, fetch_report_json(report)));
  result.fields.emplace_back("Location", "/fetches/" + std::to_string(report.id.value));
  return result;
}

/// The id in "… project '<id>' …", as `gateway_api::async_add` promises it.
std::optional<project_id> project_named_in(std::string_view sentence) {
  static constexpr std::string_view lead = "project '";
  // The last one: what comes before may quote a path, and paths may say anything.
  const auto begin = sentence.rfind(lead);
  if (begin == std::string_view::npos)
    return std::nullopt;
  const auto rest = sentence.substr(begin + lead.size());
  const auto end = rest.find('\'');
  if (end == std::string_view::npos || end == 0)
    return std::nullopt;
  return project_id{std::string{rest.substr(0, end)}};
}

reply add_failure(const caf::error& error, std::string_view instance) {
  if (code_of(error) != ec::already_exists)
    return problem(error, instance);
  const auto project = project_named_in(detail_of(error));
  if (!project)
    return problem(error, instance);
  auto result = problem(error, instance, {{"project", project->slug}});
  result.fields.emplace_back("Location", project_address(*project));
  return result;
}

caf::expected<fetch_id> parse_fetch_id(std::string_view text) {
  fetch_id id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (error == std::errc{} && end == text.data() + text.size() && text == std::to_string(id.value))
    return id;
  return make_error(ec::invalid_argument,
                    "'" + std::string{text} + "' is no fetch id; fetch ids are whole numbers");
}

/// How long a refresh may take that `?max_age=` makes necessary, unless `?wait=` says so.
constexpr milliseconds usual_refresh{10'000};

/// Whether all that the document rests upon was asked within `age`.
bool is_fresh(const sync_status& status, milliseconds age) {
  const auto oldest = std::chrono::system_clock::now() - age;
  return std::ranges::all_of(status.remotes, [&](const remote_status& remote) {
    return remote.last_fetch && *remote.last_fetch >= oldest;
  });
}

reply history_reply(const find_fetches& query, const std::vector<fetch_report>& fetches) {
  // A page that is full may have another behind it; at worst that one is empty.
  const bool is_full = fetches.size() == query.limit;
  const auto next = is_full ? std::optional{fetches.back().id} : std::nullopt;
  auto result = uncached(json_reply(200, fetch_history_json(query.project, fetches, next)));
  if (next)
    result.fields.emplace_back("Link", "<" + project_address(query.project) +
                                           "/fetches?limit=" + std::to_string(query.limit) +
                                           "&before=" + std::to_string(next->value) +
                                           ">; rel=\"next\"");
  return result;
}

caf::error takes_no_body() {
  return make_error(ec::invalid_argument, "this request takes no body; send none");
}

caf::error no_document() {
  return make_error(ec::internal, "the engine answered without a document");
}

void answer_report(const exchange_ptr& x, const caf::expected<fetch_report_ptr>& report) {
  if (!report)
    return x->fail(report.error());
  *report ? x->done(uncached(json_reply(200, fetch_report_json(**report))))
          : x->fail(no_document());
}

}  // namespace

template <class T, class Start, class Then>
void handlers::ask(const exchange_ptr& x, Start start, Then then) {
  auto callback =
      bridge_->admit<T>([x, then](caf::expected<T> result) { then(std::move(result)); });
  if (!callback)
    return x->fail(
        make_error(ec::overloaded, "too many requests wait for the engine; try again in a second"));
  start(std::move(callback));
}

handlers::patience handlers::page(const exchange_ptr& x) {
  x->done(page_file(x->instance, x->asked));
  return as_usual;
}

handlers::patience handlers::events(const exchange_ptr& x) {
  auto reader = events_.subscribe(x->asked.last_event_id.value_or(""));
  auto result = uncached({200, "text/event-stream", reader->greeting(), {}});
  result.events = std::move(reader);
  x->done(std::move(result));
  return as_usual;
}

handlers::patience handlers::health(const exchange_ptr& x) {
  x->done(uncached(json_reply(200, R"({"status":"ok"})")));
  return as_usual;
}

handlers::patience handlers::readiness(const exchange_ptr& x) {
  auto error = api_.readiness();
  if (!error) {
    x->done(uncached(json_reply(200, R"({"status":"ready"})")));
    return as_usual;
  }
  // Whatever keeps the engine from its work, to whoever balances load it is one thing: not now.
  auto result = problem(error, x->instance);
  if (result.status != 503)
    result = problem(503, describe(error), x->instance);
  x->done(std::move(result));
  return as_usual;
}

handlers::patience handlers::metrics(const exchange_ptr& x) {
  x->done(uncached(
      {200, "text/plain; version=0.0.4; charset=utf-8", api_.metrics() + figures_->text(), {}}));
  return as_usual;
}

handlers::patience handlers::list(const exchange_ptr& x) {
  auto query = parse_list(x->parameters);
  if (!query) {
    x->fail(query.error());
    return as_usual;
  }
  ask<project_page>(
      x, [&](auto done) { api_.async_list(*query, std::move(done)); },
      [x, asked = *query](const caf::expected<project_page>& page) {
        page ? x->done(page_reply(asked, *page)) : x->fail(page.error());
      });
  return as_usual;
}

handlers::patience handlers::add(const exchange_ptr& x) {
  if (!is_json(x->asked.content_type)) {
    x->done(problem(415, "the body must be announced as 'Content-Type: application/json'",
                    x->instance));
    return as_usual;
  }
  const auto parsed = parse_add_request(x->asked.body);
  if (const auto* fault = std::get_if<body_fault>(&parsed)) {
    x->done(problem(make_error(ec::invalid_argument, fault->detail), x->instance,
                    {{"pointer", fault->pointer}}));
    return as_usual;
  }
  ask<project_info>(
      x, [&](auto done) { api_.async_add(std::get<std::string>(parsed), std::move(done)); },
      [x](const caf::expected<project_info>& project) {
        if (!project)
          return x->done(add_failure(project.error(), x->instance));
        auto result = uncached(json_reply(201, project_info_json(*project)));
        result.fields.emplace_back("Location", project_address(project->id));
        x->done(std::move(result));
      });
  return as_usual;
}

handlers::patience handlers::find(const exchange_ptr& x) {
  ask<project_info>(
      x, [&](auto done) { api_.async_find({x->name}, std::move(done)); },
      [x](const caf::expected<project_info>& project) {
        project ? x->done(uncached(json_reply(200, project_info_json(*project))))
                : x->fail(project.error());
      });
  return as_usual;
}

handlers::patience handlers::remove(const exchange_ptr& x) {
  ask<project_info>(
      x, [&](auto done) { api_.async_remove({x->name}, std::move(done)); },
      [x](const caf::expected<project_info>& project) {
        project ? x->done(reply{204, {}, {}, {}}) : x->fail(project.error());
      });
  return as_usual;
}

handlers::patience handlers::suspend(const exchange_ptr& x) {
  return set_activity(x, project_activity::suspended);
}

handlers::patience handlers::resume(const exchange_ptr& x) {
  return set_activity(x, project_activity::active);
}

handlers::patience handlers::set_activity(const exchange_ptr& x, project_activity wish) {
  if (!x->asked.body.empty()) {
    x->fail(takes_no_body());
    return as_usual;
  }
  ask<project_info>(
      x, [&](auto done) { api_.async_set_activity({x->name}, wish, std::move(done)); },
      [x](const caf::expected<project_info>& project) {
        project ? x->done(uncached(json_reply(200, project_info_json(*project))))
                : x->fail(project.error());
      });
  return as_usual;
}

handlers::patience handlers::sync_status(const exchange_ptr& x) {
  const auto age = parse_max_age(x->parameters);
  const auto wait = parse_wait(x->parameters, longest_wait_);
  if (!age || !wait) {
    x->fail(!age ? age.error() : wait.error());
    return as_usual;
  }
  if (!*age) {
    answer_status(x);
    return as_usual;
  }
  const auto time = wait->value_or(std::min(usual_refresh, longest_wait_));
  ask<status_answer>(
      x, [&](auto done) { api_.async_sync_status({x->name}, std::move(done)); },
      [this, x, oldest = **age, time](const caf::expected<status_answer>& found) {
        if (!found)
          return x->fail(found.error());
        if (!found->status)
          return x->fail(no_document());
        is_fresh(*found->status, oldest)
            ? x->done(status_reply(x->asked, documents_->of(found->status), *found))
            : refresh_and_answer(x, time);
      });
  return time;
}

/// Whatever comes of the fetch, the document tells.
void handlers::refresh_and_answer(const exchange_ptr& x, patience wait) {
  ask<fetch_report_ptr>(
      x, [&](auto done) { api_.async_fetch({x->name}, std::move(done)); },
      [this, x, wait](const caf::expected<fetch_report_ptr>& begun) {
        if (!begun || !*begun || (*begun)->stage == fetch_stage::done)
          return answer_status(x);
        ask<fetch_report_ptr>(
            x, [&](auto done) { api_.async_fetch_result((*begun)->id, wait, std::move(done)); },
            [this, x](const caf::expected<fetch_report_ptr>&) { answer_status(x); });
      });
}

handlers::patience handlers::statuses(const exchange_ptr& x) {
  auto query = parse_statuses(x->parameters);
  if (!query) {
    x->fail(query.error());
    return as_usual;
  }
  std::make_shared<status_batch>(api_, bridge_, documents_, x, std::move(*query))->begin();
  return as_usual;
}

void handlers::answer_status(const exchange_ptr& x) {
  ask<status_answer>(
      x, [&](auto done) { api_.async_sync_status({x->name}, std::move(done)); },
      [x, documents = documents_](const caf::expected<status_answer>& found) {
        if (!found)
          return x->fail(found.error());
        found->status ? x->done(status_reply(x->asked, documents->of(found->status), *found))
                      : x->fail(no_document());
      });
}

handlers::patience handlers::fetches(const exchange_ptr& x) {
  auto query = parse_history(x->parameters, {x->name});
  if (!query) {
    x->fail(query.error());
    return as_usual;
  }
  ask<fetch_reports_ptr>(
      x, [&](auto done) { api_.async_fetches(*query, std::move(done)); },
      [x, asked = *query](const caf::expected<fetch_reports_ptr>& found) {
        if (!found)
          return x->fail(found.error());
        *found ? x->done(history_reply(asked, **found)) : x->fail(no_document());
      });
  return as_usual;
}

handlers::patience handlers::fetch(const exchange_ptr& x) {
  const auto wait = parse_wait(x->parameters, longest_wait_);
  if (!wait || !x->asked.body.empty()) {
    x->fail(!wait ? wait.error() : takes_no_body());
    return as_usual;
  }
  const auto time = wait->value_or(as_usual);
  ask<fetch_report_ptr>(
      x, [&](auto done) { api_.async_fetch({x->name}, std::move(done)); },
      [this, x, time](const caf::expected<fetch_report_ptr>& begun) {
        if (!begun)
          return x->fail(begun.error());
        if (!*begun)
          return x->fail(no_document());
        if (time == as_usual || (*begun)->stage == fetch_stage::done)
          return x->done(fetch_reply(**begun));
        await(x, (*begun)->id, time);
      });
  return time;
}

void handlers::await(const exchange_ptr& x, fetch_id id, patience wait) {
  ask<fetch_report_ptr>(
      x, [&](auto done) { api_.async_fetch_result(id, wait, std::move(done)); },
      [x](const caf::expected<fetch_report_ptr>& report) {
        if (!report)
          return x->fail(report.error());
        *report ? x->done(fetch_reply(**report)) : x->fail(no_document());
      });
}

handlers::patience handlers::find_fetch(const exchange_ptr& x) {
  const auto id = parse_fetch_id(x->name);
  const auto wait = parse_wait(x->parameters, longest_wait_);
  if (!id || !wait) {
    x->fail(!id ? id.error() : wait.error());
    return as_usual;
  }
  const auto time = wait->value_or(as_usual);
  ask<fetch_report_ptr>(
      x, [&](auto done) { api_.async_fetch_result(*id, time, std::move(done)); },
      [x](const caf::expected<fetch_report_ptr>& report) { answer_report(x, report); });
  return time;
}

handlers::patience handlers::cancel_fetch(const exchange_ptr& x) {
  const auto id = parse_fetch_id(x->name);
  if (!id) {
    x->fail(id.error());
    return as_usual;
  }
  ask<fetch_report_ptr>(
      x, [&](auto done) { api_.async_cancel(*id, std::move(done)); },
      [x](const caf::expected<fetch_report_ptr>& report) { answer_report(x, report); });
  return as_usual;
}

handlers::patience handlers::hook(const exchange_ptr& x) {
  const auto sender = hook_sender_from(x->name);
  if (!sender) {
    x->done(
        problem(404, "deliveries go to /hooks/github, gitlab, gitea or bitbucket", x->instance));
    return as_usual;
  }
  const auto taken =
      hooks_.receive(*sender, x->asked.hooks, x->asked.body, std::chrono::steady_clock::now());
  for (const auto& url : taken.urls)
    api_.hint(url);
  if (taken.status == 202) {
    x->done(uncached({202, {}, {}, {}}));
    return as_usual;
  }
  auto refusal = problem(taken.status, taken.detail, x->instance);
  if (taken.status == 429)
    refusal.fields.emplace_back("Retry-After", "1");
  x->done(std::move(refusal));
  return as_usual;
}

handlers::patience handlers::schedule(const exchange_ptr& x) {
  ask<project_schedule_ptr>(
      x, [&](auto done) { api_.async_schedule({x->name}, std::move(done)); },
      [x](const caf::expected<project_schedule_ptr>& found) {
        if (!found)
          return x->fail(found.error());
        *found ? x->done(uncached(json_reply(200, project_schedule_json(**found))))
               : x->fail(no_document());
      });
  return as_usual;
}

handlers::patience handlers::scheduler(const exchange_ptr& x) {
  ask<scheduler_state_ptr>(
      x, [&](auto done) { api_.async_scheduler(std::move(done)); },
      [x](const caf::expected<scheduler_state_ptr>& found) {
        if (!found)
          return x->fail(found.error());
        *found ? x->done(uncached(json_reply(200, scheduler_state_json(**found))))
               : x->fail(no_document());
      });
  return as_usual;
}

}  // namespace headway::gateway
