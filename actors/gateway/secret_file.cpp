#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <actors/gateway/secret_file.hpp>
#include <messages/error.hpp>

namespace headway::gateway {

namespace {

constexpr std::size_t most_bytes = 1 << 20;

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int number() const noexcept { return number_; }

 private:
  int number_;
};

}  // namespace

caf::expected<std::string> read_secret_file(const std::string& path, std::string_view option) {
  const auto refuse = [&](const std::string& why) {
    return make_error(ec::config, std::string{option} + ": " + path + " " + why);
  };
  // Not blocking, since a name may turn out to be a pipe.
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat facts {};
  if (file.number() < 0 || ::fstat(file.number(), &facts) != 0)
    return refuse("cannot be read: " + std::string{std::strerror(errno)});
  if (!S_ISREG(facts.st_mode))
    return refuse("is no file");
  if ((facts.st_mode & S_IROTH) != 0)
    return refuse("can be read by everybody on this machine; chmod o= " + path);
  std::string text;
  char piece[4096];
  for (;;) {
    const auto size = ::read(file.number(), piece, sizeof piece);
    if (size < 0)
      return refuse("cannot be read: " + std::string{std::strerror(errno)});
    if (size == 0)
      return text;
    text.append(piece, static_cast<std::size_t>(size));
    if (text.size() > most_bytes)
      return refuse("is larger than 1 MiB");
  }
}

}  // namespace headway::gateway
