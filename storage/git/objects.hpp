/// Commits in the object database. Private to storage/git.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <caf/expected.hpp>

#include <messages/ids.hpp>
#include <storage/git/handle.hpp>

namespace headway::git {

/// Reads objects with their hashes verified, each afresh once when the first look fails: a gc may
/// have moved it to another pack. Never fetches. One thread.
class object_reader {
 public:
  /// `objects` is the folder of that name. Errors: `missing`, `corrupt`.
  static caf::expected<object_reader> open(const std::string& objects);

  /// As `repository::read_parents`.
  caf::expected<std::vector<oid>> parents(const oid& commit);

  struct peeled {
    std::optional<oid> commit;
    std::string problem;  ///< "points to a blob"; completes "refs/heads/x …".
  };
  /// The commit that `id` is, or to which it leads as an annotated tag.
  peeled peel(const oid& id);

 private:
  explicit object_reader(odb_ptr odb) : odb_{std::move(odb)} {}
  caf::expected<odb_object_ptr> read(const oid& id);

  odb_ptr odb_;
};

}  // namespace headway::git
