/// Finding repositories, and what a person has to know of them before they are registered, for
/// programs that have no business with `storage/`.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <caf/error.hpp>

#include <messages/schedule.hpp>

namespace headway {

struct discovered {
  std::vector<std::string> paths;  ///< In order; what `engine::add` takes.
  std::vector<std::pair<std::string, caf::error>> problems;
};

/// Every repository below `roots` (see storage/git/discovery.hpp). Blocks. `progress` may be empty.
discovered discover_repositories(
    const std::vector<std::string>& roots,
    const std::function<void(const std::string& folder, std::size_t found)>& progress);

/// Why a node with these rules cannot fetch what the repository at `path` needs, and what a person
/// can do about it, in sentences (storage/git/fetch_obstacles.hpp). Blocks.
std::vector<std::string> obstacles_to_fetching(const std::string& path, const fetch_rules& rules);

}  // namespace headway
