#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/file_descriptor.hpp>
#include <storage/git/secret_file.hpp>

namespace headway::git {

namespace {

constexpr std::size_t most_bytes = 1 << 20;

}  // namespace

caf::expected<std::string> read_secret_file(const std::string& path, std::string_view option) {
  const auto refuse = [&](const std::string& why) {
    return make_error(ec::config, std::string{option} + ": " + path + " " + why);
  };
  // Not blocking, since a name may turn out to be a pipe.
  const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat facts {};
  if (!file.is_open() || ::fstat(file.get(), &facts) != 0)
    return refuse("cannot be read: " + std::string{std::strerror(errno)});
  if (!S_ISREG(facts.st_mode))
    return refuse("is no file");
  if ((facts.st_mode & S_IROTH) != 0)
    return refuse("can be read by everybody on this machine; chmod o= " + path);
  std::string text;
  char piece[4096];
  for (;;) {
    const auto size = ::read(file.get(), piece, sizeof piece);
    if (size < 0)
      return refuse("cannot be read: " + std::string{std::strerror(errno)});
    if (size == 0)
      return text;
    text.append(piece, static_cast<std::size_t>(size));
    if (text.size() > most_bytes)
      return refuse("is larger than 1 MiB");
  }
}

}  // namespace headway::git
