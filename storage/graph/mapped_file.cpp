#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/graph/mapped_file.hpp>

namespace headway::graph {

namespace {

caf::error system_error(const std::string& path) {
  const int reason = errno;
  const auto code = reason == ENOENT || reason == ENOTDIR ? ec::not_found
                    : reason == EACCES || reason == EPERM ? ec::permission_denied
                                                          : ec::io;
  return make_error(code, path + ": " + std::strerror(reason));
}

}  // namespace

caf::expected<mapped_file> mapped_file::open(const std::string& path) {
  // Without O_NONBLOCK a named pipe in the file's place would hold this thread for ever.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return system_error(path);
  mapped_file file;
  auto failure = file.fill(descriptor, path);
  ::close(descriptor);
  if (failure)
    return failure;
  return file;
}

caf::error mapped_file::fill(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0)
    return system_error(path);
  if (!S_ISREG(status.st_mode))
    return make_error(ec::io, path + ": not a regular file");
  const auto length = static_cast<std::size_t>(status.st_size);
  if (length >= copied_below_bytes) {
    void* const mapping = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor, 0);
    if (mapping == MAP_FAILED)
      return system_error(path);
    mapping_ = mapping;
    mapping_length_ = length;
    bytes_ = {static_cast<const std::uint8_t*>(mapping), length};
    return {};
  }
  copy_.resize(length);
  std::size_t have = 0;
  while (have < length) {
    const auto n = ::read(descriptor, copy_.data() + have, length - have);
    if (n < 0 && errno != EINTR)
      return system_error(path);
    if (n == 0)
      break;
    have += n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  copy_.resize(have);
  bytes_ = copy_;
  return {};
}

mapped_file::mapped_file(mapped_file&& other) noexcept {
  swap(other);
}

mapped_file& mapped_file::operator=(mapped_file&& other) noexcept {
  swap(other);
  return *this;
}

mapped_file::~mapped_file() {
  unmap();
}

void mapped_file::keep_only(std::span<const std::uint8_t> part) {
  if (mapping_ == nullptr) {
    copy_ = std::vector<std::uint8_t>(part.begin(), part.end());
    bytes_ = copy_;
    return;
  }
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  auto* const start = static_cast<std::uint8_t*>(mapping_);
  const auto from = static_cast<std::size_t>(part.data() - start) / page * page;
  const auto until = std::min(
      mapping_length_,
      (static_cast<std::size_t>(part.data() - start) + part.size() + page - 1) / page * page);
  if (from > 0)
    ::munmap(start, from);
  if (until < mapping_length_)
    ::munmap(start + until, mapping_length_ - until);
  mapping_ = start + from;
  mapping_length_ = until - from;
  bytes_ = part;
}

void mapped_file::unmap() noexcept {
  if (mapping_ != nullptr && mapping_length_ > 0)
    ::munmap(mapping_, mapping_length_);
}

void mapped_file::swap(mapped_file& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(copy_, other.copy_);
  std::swap(mapping_, other.mapping_);
  std::swap(mapping_length_, other.mapping_length_);
}

}  // namespace headway::graph
