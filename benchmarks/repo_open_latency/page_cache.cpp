#include <fstream>

#include <benchmarks/repo_open_latency/page_cache.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace headway::repo_open_latency {

namespace {

void forget(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  ::close(descriptor);
}

}  // namespace

coldness drop_page_cache(const std::filesystem::path& repository) {
  ::sync();
  std::ofstream all{"/proc/sys/vm/drop_caches"};
  if (all << 3 << std::flush)
    return coldness::everything;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{repository})
    if (entry.is_regular_file())
      forget(entry.path());
  return coldness::files_only;
}

std::optional<std::uint64_t> device_reads(const std::filesystem::path& where) {
  struct stat found {};
  if (::stat(where.c_str(), &found) != 0)
    return std::nullopt;
  std::ifstream counts{"/sys/dev/block/" + std::to_string(major(found.st_dev)) + ":" +
                       std::to_string(minor(found.st_dev)) + "/stat"};
  std::uint64_t reads = 0;
  if (!(counts >> reads))
    return std::nullopt;
  return reads;
}

}  // namespace headway::repo_open_latency
