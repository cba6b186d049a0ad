#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/graph/written_file.hpp>

namespace headway::graph {

namespace {

caf::error write_error(const std::string& path) {
  const int reason = errno;
  const auto code = reason == ENOSPC || reason == EDQUOT  ? ec::disk_full
                    : reason == EACCES || reason == EPERM ? ec::permission_denied
                                                          : ec::io;
  return make_error(code, "write " + path + ": " + std::strerror(reason));
}

bool write_all(int descriptor, byte_span bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

bool write_parts(int descriptor, std::span<const byte_span> parts) {
  for (const auto& part : parts)
    if (!write_all(descriptor, part))
      return false;
  return ::fsync(descriptor) == 0;
}

}  // namespace

caf::error replace_file(const std::string& path, std::span<const byte_span> parts) {
  // Several processes may write the same file at once: each has a name of its own.
  auto unfinished = path + ".XXXXXX";
  const int descriptor = ::mkostemp(unfinished.data(), O_CLOEXEC);
  if (descriptor < 0)
    return write_error(path);
  caf::error failure;
  if (!write_parts(descriptor, parts))
    failure = write_error(path);
  ::close(descriptor);
  if (!failure && std::rename(unfinished.c_str(), path.c_str()) != 0)
    failure = write_error(path);
  if (failure)
    ::unlink(unfinished.c_str());
  return failure;
}

}  // namespace headway::graph
