/// A few refs of a repository by name, without listing all of them. Functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/expected.hpp>

#include <messages/repo.hpp>

namespace headway::git {

/// Where each of `names` (full names) leads, in their order; nothing for one that does not exist.
/// Errors: `corrupt` (a ref is broken, or packed-refs is), `missing`, `permission_denied`, `io`.
caf::expected<std::vector<std::optional<oid>>> look_up(const repository_location& location,
                                                       const std::vector<std::string>& names);

/// `refs` with the tips that their tracking refs have now. A broken tracking ref has none.
caf::expected<std::vector<tracked_ref>> with_current_tips(const repository_location& location,
                                                          std::vector<tracked_ref> refs);

/// Remembers tips for as long as the files that tell them are the same, so that most look-ups cost
/// a stat of each. One thread.
class tip_book {
 public:
  /// As `with_current_tips`. What it answers with stays until the next call.
  caf::expected<const std::vector<tracked_ref>*> find(const repository_location& location,
                                                      const std::vector<tracked_ref>& refs);

 private:
  struct entry {
    std::vector<tracked_ref> refs;
    std::vector<std::string> files;
    std::uint64_t stamp = 0;  ///< 0: the files were changing.
  };
  std::unordered_map<std::string, entry> known_;  ///< By clone, and the first of its refs.
};

}  // namespace headway::git
