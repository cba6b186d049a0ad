/// The parameters of a request's query. Every error is an `invalid_argument` whose sentence names
/// the parameter, its value and what is allowed.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/database.hpp>
#include <messages/project.hpp>

namespace headway::gateway {

using query_parameters = std::vector<std::pair<std::string, std::string>>;

/// Refuses parameters that are not in `known`, and those that come twice.
caf::error check_names(const query_parameters& parameters, std::span<const std::string_view> known);

/// `limit` (1 to 1000, default 100), `cursor`, `state`.
caf::expected<list_projects> parse_list(const query_parameters& parameters);

/// Which documents are asked for at once.
struct status_query {
  std::vector<project_id> projects;      ///< By name; then nothing else counts.
  list_projects list;                    ///< Otherwise by the list…
  std::optional<branch_state> branches;  ///< …and only those with a branch in this state.
};

/// `projects` (100 ids at most, with commas between), or `limit`, `cursor`, and a `state` of a
/// project or of one of its branches.
caf::expected<status_query> parse_statuses(const query_parameters& parameters);

/// `limit` (1 to 200, default 50) and `before`, the id of a fetch.
caf::expected<find_fetches> parse_history(const query_parameters& parameters, project_id project);

/// `max_age`: like `wait`, without a bound.
caf::expected<std::optional<std::chrono::milliseconds>> parse_max_age(
    const query_parameters& parameters);

/// `wait`: a whole number and a unit, such as "500ms", "30s" or "2min"; nothing when absent. More
/// than `longest` becomes `longest`.
caf::expected<std::optional<std::chrono::milliseconds>> parse_wait(
    const query_parameters& parameters, std::chrono::milliseconds longest);

}  // namespace headway::gateway
