#include <array>
#include <span>
#include <utility>

#include <spdlog/logger.h>

#include <actors/gateway/compression.hpp>
#include <actors/gateway/entity_tag.hpp>
#include <actors/gateway/json.hpp>
#include <actors/gateway/problem.hpp>
#include <actors/gateway/query.hpp>
#include <actors/gateway/routes.hpp>
#include <messages/error.hpp>

namespace headway::gateway {

namespace {

using action = handlers::patience (handlers::*)(const exchange_ptr&);

constexpr std::string_view any = "{}";
constexpr std::array<std::string_view, 3> list_parameters{"limit", "cursor", "state"};
constexpr std::array<std::string_view, 1> fetch_parameters{"wait"};
constexpr std::array<std::string_view, 2> history_parameters{"limit", "before"};
constexpr std::array<std::string_view, 2> status_parameters{"max_age", "wait"};
constexpr std::array<std::string_view, 4> batch_parameters{"projects", "state", "limit", "cursor"};

struct route {
  verb method;
  std::array<std::string_view, 3> pattern;
  action run;
  std::span<const std::string_view> parameters = {};
  audience whom = method == verb::get ? audience::readers : audience::writers;
};

constexpr std::array<route, 24> table{{
    {verb::get, {""}, &handlers::page, {}, audience::anyone},
    {verb::get, {"page.js"}, &handlers::page, {}, audience::anyone},
    {verb::get, {"page.css"}, &handlers::page, {}, audience::anyone},
    {verb::get, {"icon.svg"}, &handlers::page, {}, audience::anyone},
    {verb::get, {"openapi.json"}, &handlers::page, {}, audience::anyone},
    {verb::get, {"events"}, &handlers::events},
    {verb::get, {"healthz"}, &handlers::health, {}, audience::anyone},
    {verb::get, {"readyz"}, &handlers::readiness, {}, audience::anyone},
    {verb::get, {"metrics"}, &handlers::metrics},
    {verb::get, {"projects"}, &handlers::list, list_parameters},
    {verb::post, {"projects"}, &handlers::add},
    {verb::get, {"projects", any}, &handlers::find},
    {verb::remove, {"projects", any}, &handlers::remove},
    {verb::get, {"projects", any, "sync-status"}, &handlers::sync_status, status_parameters},
    {verb::get, {"projects", any, "fetches"}, &handlers::fetches, history_parameters},
    {verb::get, {"projects", any, "schedule"}, &handlers::schedule},
    {verb::post, {"projects", any, "fetch"}, &handlers::fetch, fetch_parameters},
    {verb::post, {"projects", any, "suspend"}, &handlers::suspend},
    {verb::post, {"projects", any, "resume"}, &handlers::resume},
    {verb::get, {"sync-status"}, &handlers::statuses, batch_parameters},
    {verb::get, {"fetches", any}, &handlers::find_fetch, fetch_parameters},
    {verb::remove, {"fetches", any}, &handlers::cancel_fetch},
    {verb::get, {"scheduler"}, &handlers::scheduler},
    {verb::post, {"hooks", any}, &handlers::hook, {}, audience::anyone},
}};

bool fits(const route& candidate, const std::vector<std::string>& segments) {
  if (segments.size() > candidate.pattern.size())
    return false;
  for (std::size_t i = 0; i < candidate.pattern.size(); ++i) {
    const std::string_view segment = i < segments.size() ? segments[i] : std::string_view{};
    const auto part = candidate.pattern[i];
    if (part == any ? segment.empty() : segment != part)
      return false;
    if (part.empty() && i < segments.size())
      return false;
  }
  return true;
}

/// The names that Allow takes; whoever may GET may also ask for the HEAD.
std::string_view name_of(verb method) {
  switch (method) {
    case verb::get:
      return "GET, HEAD";
    case verb::post:
      return "POST";
    case verb::remove:
      return "DELETE";
    default:
      return "";
  }
}

struct match {
  const route* found = nullptr;
  std::string allowed;  ///< Methods that the path has; empty when there is no such path.
};

match find_route(verb method, const std::vector<std::string>& segments) {
  match result;
  for (const auto& candidate : table) {
    if (!fits(candidate, segments))
      continue;
    if (candidate.method == (method == verb::head ? verb::get : method))
      result.found = &candidate;
    result.allowed.append(result.allowed.empty() ? "" : ", ").append(name_of(candidate.method));
  }
  return result;
}

/// A NUL or line break in a name would only confuse logs; nothing is called like that.
bool has_control_characters(const std::vector<std::string>& segments) {
  for (const auto& segment : segments)
    for (const char c : segment)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
        return true;
  return false;
}

reply no_such_path(std::string_view instance) {
  return problem(404, "no resource has this path; see the list of routes in the documentation",
                 instance);
}

reply wrong_method(const std::string& allowed, std::string_view instance) {
  auto result = problem(405, "this path allows " + allowed, instance);
  result.fields.emplace_back("Allow", allowed);
  return result;
}

reply too_many(std::string_view instance) {
  auto result = problem(429,
                        "this address asks more often than http.requests_per_second allows; try "
                        "again in a second",
                        instance);
  result.fields.emplace_back("Retry-After", "1");
  return result;
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

}  // namespace

std::vector<std::string> described_routes() {
  std::vector<std::string> all;
  for (const auto& each : table) {
    std::string text{each.method == verb::get    ? "get"
                     : each.method == verb::post ? "post"
                                                 : "delete"};
    text.append(" ");
    for (const auto part : each.pattern)
      if (!part.empty())
        text.append("/").append(part == any ? "{id}" : part);
    all.push_back(text.ends_with(' ') ? text + "/" : text);
  }
  return all;
}

routes::routes(handlers actions, access_rules access, rate_limiter limiter, std::uint32_t id_seed,
               std::shared_ptr<spdlog::logger> log)
    : figures_(actions.figures()),
      actions_(std::move(actions)),
      access_(std::move(access)),
      limiter_(std::move(limiter)),
      standing_(actions_.api()),
      ids_(id_seed),
      log_(std::move(log)) {}

taken_request routes::handle(request asked, answer done) {
  done = signed_and_logged(asked, std::move(done));
  if (!limiter_.admit(asked.client, std::chrono::steady_clock::now())) {
    done(too_many(path_of(asked.target)));
    return {};
  }
  auto where = parse_target(asked.target);
  if (!where) {
    done(problem(where.error(), path_of(asked.target)));
    return {};
  }
  if (auto refused = access_.refusal(asked, where->authority, where->path)) {
    done(std::move(*refused));
    return {};
  }
  auto give_up = [done, instance = where->path] {
    done(problem(
        make_error(ec::deadline_exceeded, "the engine did not answer in time; try again later"),
        instance));
  };
  const auto patience = dispatch(std::move(asked), std::move(*where), std::move(done));
  return {patience, std::move(give_up)};
}

std::optional<standing_request> routes::recognise(const request& asked) {
  const bool is_read = asked.method == verb::get || asked.method == verb::head;
  if (!is_read || !asked.target.ends_with("/sync-status") || !asked.body.empty())
    return std::nullopt;
  const auto where = parse_target(asked.target);
  if (!where || access_.refusal(asked, where->authority, where->path) ||
      has_control_characters(where->segments))
    return std::nullopt;
  const auto [found, allowed] = find_route(asked.method, where->segments);
  if (!found || found->run != &handlers::sync_status || !where->parameters.empty() ||
      access_.denial(asked, found->whom, where->path))
    return std::nullopt;
  auto known = standing_.of(where->segments[1]);
  if (!known)
    return std::nullopt;
  auto id = asked.id && request_ids::is_acceptable(*asked.id) ? asked.id : std::nullopt;
  return standing_request{std::move(known),
                          where->path,
                          std::move(id),
                          asked.if_none_match,
                          asked.method == verb::head ? body_rule::leave_out : body_rule::send,
                          asked.from,
                          asked.client,
                          rules_};
}

bool routes::answer_standing(const standing_request& asked, std::string& out) {
  auto& known = *asked.answer;
  const auto begun = std::chrono::steady_clock::now();
  if (asked.rules != rules_ || !known.is_true(*actions_.documents(), begun) ||
      may_be_compressed(asked.from, known.size()) || !limiter_.admit(asked.client, begun))
    return false;
  const auto now = std::chrono::system_clock::now();
  const auto as_of = std::chrono::floor<std::chrono::milliseconds>(now);
  if (as_of != as_of_) {
    as_of_ = as_of;
    as_of_text_ = rfc3339(as_of);
  }
  if (!asked.id)
    ids_.renew(id_);
  const std::string& id = asked.id ? *asked.id : id_;
  const bool is_known = asked.if_none_match && matches(*asked.if_none_match, known.tag());
  const auto& result = is_known                             ? known.not_modified()
                       : asked.body == body_rule::leave_out ? known.head_only()
                                                            : known.in_full();
  const auto took = std::chrono::steady_clock::now() - begun;
  result.append_to(out, {date_.at(now), took, id, as_of_text_});
  const unsigned status = is_known ? 304 : 200;
  if (log_->should_log(spdlog::level::debug))
    log_->debug("http path={} status={} us={} id={}", asked.path, status,
                std::chrono::duration_cast<std::chrono::microseconds>(took).count(), id);
  figures_->answered(status, took);
  actions_.api().status_shown(took);
  return true;
}

reply routes::refuse(unsigned status, std::string_view detail) {
  auto result = problem(status, detail, "");
  result.fields.emplace_back("X-Request-Id", ids_.choose(std::nullopt));
  log_->debug("http refused status={} id={}", status, result.fields.back().second);
  return result;
}

answer routes::signed_and_logged(const request& asked, answer done) {
  // The query stays out of the log: it is the place where people put secrets.
  return [this, id = ids_.choose(asked.id), path = std::string{path_of(asked.target)},
          from = asked.from, encodings = asked.accept_encoding,
          begun = std::chrono::steady_clock::now(), done = std::move(done)](reply result) {
    compress_if_worthwhile(result, from, encodings);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begun);
    log_->debug("http path={} status={} us={} id={}", path, result.status, took.count(), id);
    result.fields.emplace_back("X-Request-Id", id);
    figures_->answered(result.status, took);
    done(std::move(result));
  };
}

std::chrono::milliseconds routes::dispatch(request asked, target where, answer done) {
  const auto refuse_with = [&](reply result) {
    done(std::move(result));
    return std::chrono::milliseconds{};
  };
  if (has_control_characters(where.segments))
    return refuse_with(no_such_path(where.path));
  const auto [found, allowed] = find_route(asked.method, where.segments);
  if (allowed.empty())
    return refuse_with(no_such_path(where.path));
  if (!found)
    return refuse_with(wrong_method(allowed, where.path));
  if (auto denied = access_.denial(asked, found->whom, where.path))
    return refuse_with(std::move(*denied));
  if (auto error = check_names(where.parameters, found->parameters))
    return refuse_with(problem(error, where.path));
  auto name = where.segments.size() > 1 ? std::move(where.segments[1]) : std::string{};
  auto x = std::make_shared<const exchange>(exchange{std::move(asked), std::move(where.path),
                                                     std::move(name), std::move(where.parameters),
                                                     std::move(done)});
  return (actions_.*(found->run))(x);
}

}  // namespace headway::gateway
