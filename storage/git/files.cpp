#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/files.hpp>

namespace headway::git {

namespace {

ec code_for(int number) noexcept {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ec::missing;
    case EACCES:
    case EPERM:
      return ec::permission_denied;
    default:
      return ec::io;
  }
}

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_{fd} {}
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace

caf::error os_error(int number, std::string_view action, const std::string& path) {
  return make_error(code_for(number), "cannot " + std::string{action} + " " + path + ": " +
                                          std::generic_category().message(number));
}

caf::expected<std::string> read_file(const std::string& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    return os_error(errno, "read", path);
  if (!S_ISREG(status.st_mode))
    return make_error(ec::corrupt, path + " is not a regular file");
  // One byte more than the file has shows its end without a second round.
  std::string content(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t filled = 0;
  for (;;) {
    const auto n = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return os_error(errno, "read", path);
    if (n == 0)
      break;
    filled += static_cast<std::size_t>(n);
    if (filled == content.size())
      content.resize(content.size() * 2);
  }
  content.resize(filled);
  return content;
}

caf::expected<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved{::realpath(path.c_str(), nullptr),
                                                             &std::free};
  if (!resolved)
    return os_error(errno, "find", path);
  return std::string{resolved.get()};
}

std::string path_below(const std::string& base, const std::string& path) {
  return path.starts_with('/') ? path : base + "/" + path;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string_view base_name(std::string_view path) noexcept {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view trim_end(std::string_view text) noexcept {
  const auto last = text.find_last_not_of(" \t\r\n\v\f");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace headway::git
