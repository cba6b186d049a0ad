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

#include <messages/project.hpp>

namespace headway::gateway {

using query_parameters = std::vector<std::pair<std::string, std::string>>;

/// Refuses parameters that are not in `known`, and those that come twice.
caf::error check_names(const query_parameters& parameters, std::span<const std::string_view> known);

/// `limit` (1 to 1000, default 100), `cursor`, `state`.
caf::expected<list_projects> parse_list(const query_parameters& parameters);

/// `wait`: a whole number and a unit, such as "500ms", "30s" or "2min"; nothing when absent. More
/// than `longest` becomes `longest`.
caf::expected<std::optional<std::chrono::milliseconds>> parse_wait(
    const query_parameters& parameters, std::chrono::milliseconds longest);

}  // namespace headway::gateway
