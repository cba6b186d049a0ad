/// The object directories of a repository and what their packs cost. Private to storage/git.
#pragma once

#include <string>
#include <vector>

#include <storage/git/repository.hpp>

namespace headway::git {

/// `objects` first, then its alternates and theirs, as deep as Git follows them; each once.
std::vector<std::string> with_alternates(const std::string& objects);

/// The packs of an object database.
struct packs_found {
  std::vector<std::string> indexes;  ///< Their .idx files, sorted.
  /// Estimate for when it is open: libgit2 maps the index of every pack that it has looked into,
  /// and holds a descriptor for every pack that it has read from.
  resource_use use;
};

/// What cannot be listed counts as empty.
packs_found find_packs(const std::vector<std::string>& folders);

}  // namespace headway::git
