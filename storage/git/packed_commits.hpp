/// Commits, straight from packs. Private to storage/git.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <messages/ids.hpp>

namespace headway::git {

/// A first look at a clone without a commit-graph file reads every commit there is. libgit2 spends
/// half of that time on looking ids up by halving, on allocating and on copying; here ids are
/// looked up where they should be, and one buffer does. And libgit2 keeps a descriptor open for
/// each pack that it has read from, which for a look at a tip or two is a high price.
///
/// Answers what is certain and leaves the rest to libgit2: deltas, long commits, packs of another
/// version, whatever looks damaged. Each entry is checked against its CRC in the index, which also
/// shows that the index named the right one. Maps packs and their indexes as a whole, and keeps no
/// file open. One thread.
///
/// Formats: gitformat-pack(5).
class packed_commits {
 public:
  /// Opens the indexes that are there now; packs that come later are not seen.
  explicit packed_commits(std::span<const std::string> object_folders);
  ~packed_commits();
  packed_commits(packed_commits&&) noexcept;
  packed_commits& operator=(packed_commits&&) noexcept;

  std::optional<std::vector<oid>> parents(const oid& commit);

  /// Whether there is such a commit; "no" may be wrong. Its content is not looked at.
  bool has_commit(const oid& id);

  /// Whether there is such an object, of whatever type; "no" may be wrong.
  bool contains(const oid& id) { return find(id).has_value(); }

 private:
  class pack;
  class inflater;
  struct place {
    std::uint64_t offset;
    std::uint32_t crc;  ///< Of the entry's bytes, as the index tells.
  };
  /// Where the object is, in the pack that is the first then.
  std::optional<place> find(const oid& id);
  std::optional<std::vector<oid>> parents_in(std::span<const std::uint8_t> entry,
                                             std::uint32_t crc);

  std::vector<pack> packs_;  ///< The one that had the last commit comes first.
  std::unique_ptr<inflater> inflater_;
};

}  // namespace headway::git
