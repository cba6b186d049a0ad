/// Telling one folder from another that took its place. Private to storage/git.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace headway::git {

/// Device, inode and time of birth: a file system may give the inode of a deleted folder to the
/// next.
struct folder_identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t born = 0;  ///< Nanoseconds; 0 where the file system does not keep it.

  friend bool operator==(const folder_identity&, const folder_identity&) = default;

  /// Nothing, with errno set, when there is no folder that can be looked at.
  static std::optional<folder_identity> of(const std::string& path) noexcept;
};

}  // namespace headway::git
