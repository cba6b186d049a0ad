/// Whether files are as they were. Private to storage/git.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headway::git {

/// Of the files as they are now, those that do not exist included; 0 when one is so young that a
/// second change could go unnoticed.
std::uint64_t stamp_of(const std::vector<std::string>& files);

}  // namespace headway::git
