/// Counted pairs of one object store. Plain class.
///
/// A pair of object ids has one answer for ever (a commit's ancestry is in its id), so an entry is
/// never invalid; it is only unreachable once no ref names its tips any more. Each clone that
/// shares the store says which pairs it lives by; an entry goes when neither of its tips is named
/// by any clone, and by `shrink`, longest unused first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <messages/graph.hpp>

namespace headway {

class pair_cache {
 public:
  using pair_list = std::shared_ptr<const std::vector<tip_pair>>;

  std::optional<ahead_behind> find(const tip_pair& pair);
  void insert(const tip_pair& pair, const ahead_behind& counts);

  /// `clone` (its git directory) now lives by `pairs`; answers how many entries went because of
  /// that.
  std::size_t set_live(const std::string& clone, const pair_list& pairs);

  /// Gives up the `count` entries that were unused for the longest time.
  std::size_t shrink(std::size_t count);

  std::size_t size() const noexcept { return entries_.size(); }

  /// Estimate of an entry's memory, hash node and list node included.
  static constexpr std::size_t bytes_per_pair = 160;

 private:
  struct entry {
    ahead_behind counts;
    std::list<tip_pair>::iterator position;
  };

  std::unordered_map<tip_pair, entry> entries_;
  std::list<tip_pair> by_use_;  // Longest unused first.
  std::unordered_map<std::string, pair_list> live_;
};

}  // namespace headway
