#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <storage/db/durable_file.hpp>
#include <storage/db/failure.hpp>

namespace headway::db {

namespace {

caf::error sync(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0)
    return system_failure("open", path, errno);
  const int number = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  return number == 0 ? caf::error{} : system_failure("write to disk", path, number);
}

}  // namespace

caf::error create_private_file(const std::string& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT)
    return system_failure("replace", file, errno);
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return system_failure("create", file, errno);
  ::close(descriptor);
  return {};
}

caf::error publish_file(const std::string& from, const std::string& to) {
  if (auto error = sync(from, O_RDONLY))
    return error;
  if (std::rename(from.c_str(), to.c_str()) != 0)
    return system_failure("rename to its final name", from, errno);
  return sync(std::filesystem::path{to}.parent_path().string(), O_RDONLY | O_DIRECTORY);
}

}  // namespace headway::db
