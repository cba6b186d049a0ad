/// Finding repositories, and what a person has to know of them before they are registered, for
/// programs that have no business with `storage/`.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
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

/// Why nothing is fetched of the repository at `path` until a person consents, and how they do: its
/// own configuration names a program for git to run. Nothing: it names none, or there is no
/// repository that can be read. Blocks.
std::optional<std::string> consent_wanted(const std::string& path);

}  // namespace headway
