#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <actors/gateway/cursor.hpp>
#include <actors/gateway/query.hpp>
#include <messages/error.hpp>

namespace headway::gateway {

namespace {

constexpr std::size_t largest_page = 1000;

constexpr std::size_t most_named = 100;
constexpr std::uint64_t longest_history = 200;

constexpr std::array all_states{project_state::fresh,         project_state::stale,
                                project_state::refreshing,    project_state::error,
                                project_state::auth_required, project_state::suspended,
                                project_state::missing,       project_state::corrupt};

const std::string* find(const query_parameters& parameters, std::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& parameter) { return parameter.first == name; });
  return found == parameters.end() ? nullptr : &found->second;
}

caf::error refuse(std::string_view name, std::string_view value, std::string_view rule) {
  return make_error(ec::invalid_argument, std::string{"query parameter '"}
                                              .append(name)
                                              .append("' is '")
                                              .append(value)
                                              .append("'; ")
                                              .append(rule));
}

/// The whole of `text` as a number without sign; nothing when it is none or too large.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::string list_of(std::span<const std::string_view> names) {
  std::string text;
  for (const auto name : names)
    text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

std::string states_in_words() {
  std::array<std::string_view, all_states.size()> names;
  std::transform(all_states.begin(), all_states.end(), names.begin(),
                 [](project_state state) { return to_string(state); });
  return list_of(names);
}

std::string branch_states_in_words() {
  std::string text;
  for (std::size_t state = 0; state < branch_states; ++state)
    text.append(", ").append(to_string(static_cast<branch_state>(state)));
  return text;
}

std::optional<std::uint64_t> milliseconds_in(std::string_view unit) {
  if (unit == "ms")
    return 1;
  if (unit == "s")
    return 1000;
  if (unit == "min")
    return 60'000;
  return std::nullopt;
}

}  // namespace

caf::error check_names(const query_parameters& parameters,
                       std::span<const std::string_view> known) {
  for (auto at = parameters.begin(); at != parameters.end(); ++at) {
    if (std::find(known.begin(), known.end(), at->first) == known.end())
      return make_error(ec::invalid_argument,
                        "unknown query parameter '" + at->first + "'; known here: " +
                            (known.empty() ? std::string{"none"} : list_of(known)));
    if (std::any_of(parameters.begin(), at,
                    [&](const auto& earlier) { return earlier.first == at->first; }))
      return make_error(ec::invalid_argument,
                        "query parameter '" + at->first + "' is given twice; give it once");
  }
  return caf::none;
}

caf::expected<list_projects> parse_list(const query_parameters& parameters) {
  list_projects query;
  if (const auto* limit = find(parameters, "limit")) {
    const auto value = parse_number(*limit);
    if (!value || *value < 1 || *value > largest_page)
      return refuse("limit", *limit, "a whole number from 1 to 1000 is allowed");
    query.limit = *value;
  }
  if (const auto* cursor = find(parameters, "cursor")) {
    query.after = decode_cursor(*cursor);
    if (!query.after)
      return refuse("cursor", *cursor, "only a 'next_cursor' of an earlier answer is allowed");
  }
  if (const auto* state = find(parameters, "state")) {
    query.state = project_state_from(*state);
    if (!query.state)
      return refuse("state", *state, "one of these is allowed: " + states_in_words());
  }
  return query;
}

namespace {

caf::expected<std::vector<project_id>> ids_in(std::string_view text) {
  std::vector<project_id> ids;
  for (auto rest = text; ids.size() < most_named;) {
    const auto comma = std::min(rest.find(','), rest.size());
    ids.push_back({std::string{rest.substr(0, comma)}});
    if (ids.back().slug.empty())
      return refuse("projects", text, "ids with commas between are allowed");
    if (comma == rest.size())
      return ids;
    rest.remove_prefix(comma + 1);
  }
  return make_error(ec::invalid_argument,
                    "query parameter 'projects' names more than 100 projects; ask in pieces");
}

caf::expected<std::optional<std::chrono::milliseconds>> parse_time(
    const query_parameters& parameters, std::string_view name, std::chrono::milliseconds longest) {
  using time = std::optional<std::chrono::milliseconds>;
  const auto* text = find(parameters, name);
  if (!text)
    return time{};
  const auto unit_at = std::min(text->find_first_not_of("0123456789"), text->size());
  const auto number = parse_number(std::string_view{*text}.substr(0, unit_at));
  const auto unit = milliseconds_in(std::string_view{*text}.substr(unit_at));
  if (!number || !unit)
    return refuse(name, *text, "a whole number and a unit are allowed: '500ms', '30s', '2min'");
  const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(0, longest.count()));
  if (*number > most / *unit)
    return time{longest};
  return time{std::chrono::milliseconds{*number * *unit}};
}

}  // namespace

caf::expected<status_query> parse_statuses(const query_parameters& parameters) {
  status_query query;
  if (const auto* names = find(parameters, "projects")) {
    if (parameters.size() > 1)
      return make_error(ec::invalid_argument,
                        "query parameter 'projects' stands alone; leave the others out");
    auto ids = ids_in(*names);
    if (!ids)
      return ids.error();
    query.projects = std::move(*ids);
    return query;
  }
  auto others = parameters;
  if (const auto* state = find(parameters, "state")) {
    query.branches = branch_state_from(*state);
    if (!query.branches && !project_state_from(*state))
      return refuse("state", *state,
                    "one of these is allowed: " + states_in_words() + branch_states_in_words());
    if (query.branches)
      std::erase_if(others, [](const auto& each) { return each.first == "state"; });
  }
  auto list = parse_list(others);
  if (!list)
    return list.error();
  query.list = std::move(*list);
  return query;
}

caf::expected<find_fetches> parse_history(const query_parameters& parameters, project_id project) {
  find_fetches query{.project = std::move(project)};
  if (const auto* limit = find(parameters, "limit")) {
    const auto value = parse_number(*limit);
    if (!value || *value < 1 || *value > longest_history)
      return refuse("limit", *limit, "a whole number from 1 to 200 is allowed");
    query.limit = *value;
  }
  if (const auto* before = find(parameters, "before")) {
    const auto value = parse_number(*before);
    if (!value)
      return refuse("before", *before, "only a 'next_before' of an earlier answer is allowed");
    query.before = fetch_id{*value};
  }
  return query;
}

caf::expected<std::optional<std::chrono::milliseconds>> parse_max_age(
    const query_parameters& parameters) {
  return parse_time(parameters, "max_age", std::chrono::hours{24 * 365});
}

caf::expected<std::optional<std::chrono::milliseconds>> parse_wait(
    const query_parameters& parameters, std::chrono::milliseconds longest) {
  return parse_time(parameters, "wait", longest);
}

}  // namespace headway::gateway
