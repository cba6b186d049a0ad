/// The object directories of a repository and what their packs cost. Private to storage/git.
#pragma once

#include <string>
#include <vector>

#include <storage/git/repository.hpp>

namespace headway::git {

/// `objects` first, then its alternates and theirs, as deep as Git follows them; each once.
std::vector<std::string> with_alternates(const std::string& objects);

/// Estimate for an open object database: libgit2 maps the index of every pack that it has looked
/// into, and holds a descriptor for every pack that it has read from.
resource_use packs_use(const std::vector<std::string>& folders) noexcept;

}  // namespace headway::git
