/// A folder that goes with its object.
#pragma once

#include <filesystem>

namespace headway::sqlite_concurrency {

class scratch_folder {
 public:
  /// Below `where`. Throws `std::runtime_error` when it cannot be made.
  explicit scratch_folder(const std::filesystem::path& where);
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace headway::sqlite_concurrency
