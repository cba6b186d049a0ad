/// Making files cold, and counting what that costs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace headway::repo_open_latency {

enum class coldness {
  everything,  ///< The kernel dropped all of its page cache, directories included.
  files_only,  ///< Not permitted: only the content of the repository's files was dropped.
};

/// The next look at `repository` goes to the disk.
coldness drop_page_cache(const std::filesystem::path& repository);

/// Requests that the device of `where` has read so far, whoever asked; nothing where the kernel
/// does not count them.
std::optional<std::uint64_t> device_reads(const std::filesystem::path& where);

}  // namespace headway::repo_open_latency
