/// The inside of `repository`. Private to storage/git.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <storage/git/identity.hpp>
#include <storage/git/object_folders.hpp>
#include <storage/git/objects.hpp>
#include <storage/git/repository.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

/// Changes when info/alternates or the set of packs does, here or in an alternate.
struct object_stamp {
  std::int64_t alternates_changed = 0;
  std::vector<std::int64_t> packs_changed;  ///< Of each object directory.

  friend bool operator==(const object_stamp&, const object_stamp&) = default;

  /// `folders`: as `with_alternates` tells them.
  static object_stamp of(const std::vector<std::string>& folders);
};

struct repository::impl {
  impl(repository_location where, folder_identity is, object_reader reader);

  /// Owner and format are checked each time: a person may change both under an open repository.
  caf::expected<settings> read_configuration(branch_sections branches);
  /// Takes stock of the packs, and opens the object database anew if its alternates are others than
  /// when it was opened, or if a pack is gone: libgit2 would keep it open, and a large pack that a
  /// gc has replaced would go on to take up the disk.
  caf::error follow_objects();

  repository_location location;
  folder_identity identity;
  object_reader objects;
  object_stamp stamp;
  packs_found packs;
  /// Judges conditions of includeIf; opened only for a configuration that has some, because libgit2
  /// loses 227 KB with each opening of a repository of format version 1.
  repository_ptr conditions;
  std::unordered_set<oid> known_commits;  ///< Tips of the last reading that are commits.
};

}  // namespace headway::git
