/// Questions about ancestry.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <messages/ids.hpp>
#include <messages/repo.hpp>

namespace headway {

/// Local changes to the ancestry that Git honours: while any is present, commit-graph files do not
/// count (Git ignores them too).
struct ancestry_overrides {
  std::vector<oid> shallow;                              ///< Boundary commits: roots here.
  std::vector<std::pair<oid, std::vector<oid>>> grafts;  ///< Commit and its parents.
  std::vector<std::pair<oid, oid>> replacements;         ///< Object and what stands for it.

  bool empty() const noexcept { return shallow.empty() && grafts.empty() && replacements.empty(); }
};

/// "How far is `local` ahead of and behind `upstream`?"
struct tip_pair {
  oid local;
  oid upstream;

  friend auto operator<=>(const tip_pair&, const tip_pair&) = default;
};

/// Sizes of the two set differences of the ancestries.
struct ahead_behind {
  std::uint64_t ahead = 0;
  std::uint64_t behind = 0;

  friend bool operator==(const ahead_behind&, const ahead_behind&) = default;
};

/// Counts, or why there are none.
struct pair_count {
  std::optional<ahead_behind> counts;
  std::string reason;
};

struct count_request {
  repository_location location;
  std::uint64_t ancestry_signature = 0;
  std::shared_ptr<const std::vector<tip_pair>> pairs;
  urgency who = urgency::foreground;
};

struct count_answer {
  std::shared_ptr<const std::vector<pair_count>> counts;  ///< In the order of the pairs.
  std::chrono::nanoseconds waited{};
  std::chrono::nanoseconds worked{};
};

struct graph_stats {
  std::size_t graphs = 0;
  std::uint64_t graph_bytes = 0;
  std::size_t pairs = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t loads = 0;
  std::uint64_t evictions = 0;
};

}  // namespace headway

template <>
struct std::hash<headway::tip_pair> {
  std::size_t operator()(const headway::tip_pair& x) const noexcept {
    return std::hash<headway::oid>{}(x.local) * 0x9e3779b97f4a7c15ull ^
           std::hash<headway::oid>{}(x.upstream);
  }
};
