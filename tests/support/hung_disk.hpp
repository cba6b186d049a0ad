/// A disk that hangs, as a network file system does whose server is gone.
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>
#include <unistd.h>

namespace headway::test {

/// Mounted over a folder (FUSE), and answers no question but the first, which the kernel asks: who
/// looks at something below the folder waits.
class hung_disk {
 public:
  explicit hung_disk(const std::filesystem::path& folder) : folder_(folder.string()) {
    server_ = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
    const auto options = "fd=" + std::to_string(server_) + ",rootmode=40000,user_id=0,group_id=0";
    mounted_ = server_ >= 0 &&
               ::mount("hung", folder_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
    if (mounted_) {
      greet();
      return;
    }
    BOOST_TEST_MESSAGE("skipped: file systems cannot be mounted here");
    BOOST_TEST(true);
  }
  ~hung_disk() {
    answer();
    if (mounted_)
      ::umount2(folder_.c_str(), MNT_DETACH);
  }
  hung_disk(const hung_disk&) = delete;
  hung_disk& operator=(const hung_disk&) = delete;

  /// False where it could not be mounted.
  bool hangs() const noexcept { return mounted_; }

  /// Whether somebody comes to wait for it.
  bool holds_somebody() const {
    pollfd question{server_, POLLIN, 0};
    constexpr int patience = 20'000;
    return ::poll(&question, 1, patience) == 1;
  }

  /// Whoever waits, or comes later, is told that there is no connection.
  void answer() {
    if (server_ >= 0)
      ::close(server_);
    server_ = -1;
  }

 private:
  void greet() const {
    alignas(fuse_in_header) std::array<char, FUSE_MIN_READ_BUFFER> question{};
    BOOST_REQUIRE(::read(server_, question.data(), question.size()) > 0);
    struct {
      fuse_out_header header{};
      fuse_init_out body{};
    } reply;
    reply.header.len = sizeof reply;
    reply.header.unique = reinterpret_cast<const fuse_in_header*>(question.data())->unique;
    reply.body.major = FUSE_KERNEL_VERSION;
    reply.body.minor = FUSE_KERNEL_MINOR_VERSION;
    reply.body.max_write = 4096;
    BOOST_REQUIRE(::write(server_, &reply, sizeof reply) == sizeof reply);
  }

  const std::string folder_;
  int server_ = -1;
  bool mounted_ = false;
};

}  // namespace headway::test
