/// The packed-refs file. Private to storage/git.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include <messages/ids.hpp>

namespace headway::git {

/// All refs of one packed-refs file. Immutable.
class packed_refs {
 public:
  struct entry {
    std::string_view name;
    oid id;
  };

  /// A missing file holds no refs. `corrupt` names the file and the line, where Git would die too.
  static caf::expected<packed_refs> read(const std::string& path);

  std::optional<oid> find(std::string_view name) const noexcept;
  /// By name.
  const std::vector<entry>& entries() const noexcept { return entries_; }

 private:
  std::unique_ptr<const std::string> text_;  // The names point into it.
  std::vector<entry> entries_;
};

}  // namespace headway::git
