/// Finding repositories, for programs that have no business with `storage/`.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <caf/error.hpp>

namespace headway {

struct discovered {
  std::vector<std::string> paths;  ///< In order; what `engine::add` takes.
  std::vector<std::pair<std::string, caf::error>> problems;
};

/// Every repository below `roots` (see storage/git/discovery.hpp). Blocks. `progress` may be empty.
discovered discover_repositories(
    const std::vector<std::string>& roots,
    const std::function<void(const std::string& folder, std::size_t found)>& progress);

}  // namespace headway
