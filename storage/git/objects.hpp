/// Commits in the object database. Private to storage/git.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/ids.hpp>
#include <storage/git/handle.hpp>
#include <storage/git/loose_object.hpp>
#include <storage/git/packed_commits.hpp>

namespace headway::git {

/// Nothing for what is no object of its own, such as a delta.
std::optional<object_type> type_of(git_object_t type) noexcept;

/// Reads objects, loose ones before packed ones, each afresh once when the first look fails: a gc
/// may have moved it to another pack. Hashes are verified where git does, of loose objects. Never
/// fetches. One thread.
class object_reader {
 public:
  /// `folders` are the object directory and its alternates. Errors: `corrupt`.
  static caf::expected<object_reader> open(std::vector<std::string> folders);

  const std::vector<std::string>& folders() const noexcept { return folders_; }

  /// As `repository::read_parents`.
  caf::expected<std::vector<oid>> parents(const oid& commit);

  /// Unmaps the packs that commits were read from without libgit2: of deleted ones, too.
  void rest() noexcept { commits_.reset(); }

  /// Whether there is such an object, whatever it is and whatever it leads to.
  bool contains(const oid& id);

  bool is_tree(const oid& id);

  /// The whole object, of whatever type. Errors: `missing_object`, `corrupt`, `io`.
  caf::expected<object_content> content(const oid& id);

  struct peeled {
    std::optional<oid> commit;
    std::string problem;  ///< "points to a blob"; completes "refs/heads/x …".
  };
  /// The commit that `id` is, or to which it leads as an annotated tag.
  peeled peel(const oid& id);

 private:
  object_reader(std::vector<std::string> folders, odb_ptr packs);
  /// What the caller cannot use is not unpacked: of a blob or tree there is never content.
  enum class wanted { parsable_content, content_of_tags };
  caf::expected<object_content> read(const oid& id, wanted what);
  caf::expected<std::optional<object_content>> read_loose(
      const oid& id, loose_content what = loose_content::of_commits_and_tags) const;
  packed_commits& commits();
  caf::expected<object_content> read_packed(const oid& id, wanted what);

  std::vector<std::string> folders_;
  /// First bytes of ids of which there were loose objects at the start. Most clones are packed, and
  /// looking for a loose file of each object was a tenth of the time.
  std::bitset<256> loose_;
  odb_ptr packs_;
  std::optional<packed_commits> commits_;  ///< From the first question for one on.
};

}  // namespace headway::git
