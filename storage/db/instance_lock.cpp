#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/db/failure.hpp>
#include <storage/db/store.hpp>

namespace headway::db {

namespace {

caf::error create_directory(const std::string& directory) {
  const auto parent = std::filesystem::path{directory}.parent_path();
  std::error_code code;
  if (!parent.empty())
    std::filesystem::create_directories(parent, code);
  if (code)
    return system_failure("create the directory", parent.string(), code.value());
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return system_failure("create the data directory", directory, errno);
  if (!std::filesystem::is_directory(directory, code))
    return system_failure("use as data directory", directory, code ? code.value() : ENOTDIR);
  return {};
}

std::optional<pid_t> holder(int descriptor) {
  std::array<char, 32> text{};
  const auto size = ::pread(descriptor, text.data(), text.size(), 0);
  pid_t pid = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc{})
    return std::nullopt;
  return pid;
}

bool is_gone(std::optional<pid_t> process) {
  return process && ::kill(*process, 0) != 0 && errno == ESRCH;
}

/// Whether it was; `errno` otherwise.
bool locked(int descriptor, const std::function<void()>& pause) {
  for (int tried = 1; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; ++tried) {
    if (errno != EWOULDBLOCK)
      return false;
    if (tried == instance_lock::tries || !is_gone(holder(descriptor))) {
      errno = EWOULDBLOCK;
      return false;
    }
    pause();
  }
  return true;
}

caf::error write_pid(int descriptor, const std::string& file) {
  const auto text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0)
    return system_failure("write the lock file", file, errno);
  const auto written = ::pwrite(descriptor, text.data(), text.size(), 0);
  if (written != static_cast<ssize_t>(text.size()))
    return system_failure("write the lock file", file, written < 0 ? errno : ENOSPC);
  return {};
}

}  // namespace

void instance_lock::a_moment() {
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
}

caf::expected<std::unique_ptr<instance_lock>> instance_lock::acquire(
    const std::string& directory, const std::function<void()>& pause) {
  if (auto error = create_directory(directory))
    return error;
  const auto file = directory + "/lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0)
    return system_failure("open the lock file", file, errno);
  std::unique_ptr<instance_lock> lock{new instance_lock(descriptor)};
  if (!locked(descriptor, pause)) {
    if (errno != EWOULDBLOCK)
      return system_failure("lock", file, errno);
    const auto process = holder(descriptor);
    return make_error(
        ec::in_use,
        "the data directory '" + directory + "' is in use by another node (" +
            (process ? "process " + std::to_string(*process) : "its process id is not known") +
            "); stop that one, or give this one a data directory of its own");
  }
  if (auto error = write_pid(descriptor, file))
    return error;
  return lock;
}

// The file stays: removing it would let two nodes lock two files of one name.
instance_lock::~instance_lock() {
  ::close(descriptor_);
}

}  // namespace headway::db
