/// Commits in the object database. Private to storage/git.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/ids.hpp>
#include <storage/git/handle.hpp>
#include <storage/git/loose_object.hpp>

namespace headway::git {

/// Reads objects with their hashes verified, loose ones before packed ones, each afresh once when
/// the first look fails: a gc may have moved it to another pack. Never fetches. One thread.
class object_reader {
 public:
  /// `folders` are the object directory and its alternates. Errors: `corrupt`.
  static caf::expected<object_reader> open(std::vector<std::string> folders);

  const std::vector<std::string>& folders() const noexcept { return folders_; }

  /// As `repository::read_parents`.
  caf::expected<std::vector<oid>> parents(const oid& commit);

  struct peeled {
    std::optional<oid> commit;
    std::string problem;  ///< "points to a blob"; completes "refs/heads/x …".
  };
  /// The commit that `id` is, or to which it leads as an annotated tag.
  peeled peel(const oid& id);

 private:
  object_reader(std::vector<std::string> folders, odb_ptr packs)
      : folders_{std::move(folders)}, packs_{std::move(packs)} {}
  caf::expected<object_content> read(const oid& id);
  caf::expected<std::optional<object_content>> read_loose(const oid& id) const;
  caf::expected<object_content> read_packed(const oid& id);

  std::vector<std::string> folders_;
  odb_ptr packs_;
};

}  // namespace headway::git
