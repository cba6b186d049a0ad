#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/child_spawn.hpp>

namespace headway::git {

namespace {

caf::error cannot_start(const child_command& command, int number) {
  const auto program = command.argv.empty() ? std::string{"(no program)"} : command.argv.front();
  struct stat info {};
  if (number == ENOENT && !command.directory.empty() &&
      ::stat(command.directory.c_str(), &info) != 0)
    return make_error(ec::io, "cannot start " + program + " in " + command.directory +
                                  ": the directory does not exist");
  return make_error(ec::io, "cannot start " + program + ": " + std::strerror(number));
}

// A process without stdin or stdout gets pipes with those numbers, and the child's dup2 would then
// overwrite one with another.
file_descriptor above_standard(int descriptor) {
  if (descriptor < 0 || descriptor > 2)
    return file_descriptor{descriptor};
  file_descriptor low{descriptor};
  return file_descriptor{::fcntl(descriptor, F_DUPFD_CLOEXEC, 3)};
}

struct pipe_ends {
  file_descriptor read;
  file_descriptor write;
  bool good() const noexcept { return read.is_open() && write.is_open(); }
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return {};
  pipe_ends result{above_standard(ends[0]), above_standard(ends[1])};
  // Only our end: the child must see an ordinary blocking pipe.
  if (result.good())
    ::fcntl(result.read.get(), F_SETFL, O_NONBLOCK);
  return result;
}

// A file in memory instead of a pipe: there is nothing to feed while the child runs, and no SIGPIPE
// when it does not read.
file_descriptor make_input(const std::string& input) {
  if (input.empty())
    return above_standard(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  constexpr unsigned no_exec =
      8;  // MFD_NOEXEC_SEAL, demanded by hardened kernels, unknown before 6.3.
  int raw = ::memfd_create("headway-input", MFD_CLOEXEC | no_exec);
  if (raw < 0 && errno == EINVAL)
    raw = ::memfd_create("headway-input", MFD_CLOEXEC);
  auto file = above_standard(raw);
  std::size_t written = 0;
  while (file.is_open() && written < input.size()) {
    const auto n = ::write(file.get(), input.data() + written, input.size() - written);
    if (n < 0 && errno != EINTR)
      return {};
    written += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  }
  if (file.is_open() && ::lseek(file.get(), 0, SEEK_SET) != 0)
    return {};
  return file;
}

// Sockets, see supervisor::feed.
pipe_ends make_stream() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return {};
  pipe_ends result{above_standard(ends[0]), above_standard(ends[1])};
  if (result.good())
    ::fcntl(result.write.get(), F_SETFL, O_NONBLOCK);
  return result;
}

// Inherited by its children. The child has begun to run, but not to write files.
void limit_files(pid_t child, std::uint64_t most) {
  const rlimit limit{most, most};
  ::prlimit(child, RLIMIT_FSIZE, &limit, nullptr);
}

constexpr int background_niceness = 10;
constexpr int processes_of_a_group = 2;                          // IOPRIO_WHO_PGRP
constexpr int last_of_those_who_share_the_disk = (2 << 13) | 7;  // IOPRIO_CLASS_BE

// Inherited by its children. A session of its own makes the child a group of its own to a scheduler
// with autogroups, which gets as much as all other groups whatever the niceness within it, so that
// group is made nice as well. All of it is a favour to others: what cannot be done is left undone.
void let_others_go_first(pid_t child) {
  const auto nice = std::max(background_niceness, ::getpriority(PRIO_PROCESS, 0));
  ::setpriority(PRIO_PGRP, static_cast<id_t>(child), nice);
  ::syscall(SYS_ioprio_set, processes_of_a_group, child, last_of_those_who_share_the_disk);
  const auto group = "/proc/" + std::to_string(child) + "/autogroup";
  const file_descriptor file{::open(group.c_str(), O_WRONLY | O_CLOEXEC)};
  const auto text = std::to_string(nice);
  [[maybe_unused]] const auto written = ::write(file.get(), text.data(), text.size());
}

bool names(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

std::vector<std::string> make_environment(const child_command& command) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto same = [text](const auto& name) { return names(text, name); };
    const auto replaced = [text](const auto& pair) { return names(text, pair.first); };
    if (std::ranges::none_of(command.unset, same) &&
        std::ranges::none_of(command.environment, replaced))
      result.emplace_back(text);
  }
  for (const auto& [name, value] : command.environment)
    result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

class spawn_attributes {
 public:
  spawn_attributes() {
    ::posix_spawnattr_init(&value_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&value_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&value_, &signals);
    ::posix_spawnattr_setflags(&value_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~spawn_attributes() { ::posix_spawnattr_destroy(&value_); }
  spawn_attributes(const spawn_attributes&) = delete;
  spawn_attributes& operator=(const spawn_attributes&) = delete;
  const posix_spawnattr_t* get() const noexcept { return &value_; }

 private:
  posix_spawnattr_t value_;
};

class spawn_actions {
 public:
  spawn_actions(const std::string& directory, int input, int output, int errors) {
    ::posix_spawn_file_actions_init(&value_);
    if (!directory.empty())
      ::posix_spawn_file_actions_addchdir_np(&value_, directory.c_str());
    ::posix_spawn_file_actions_adddup2(&value_, input, 0);
    ::posix_spawn_file_actions_adddup2(&value_, output, 1);
    ::posix_spawn_file_actions_adddup2(&value_, errors, 2);
    // Libraries of a host process may open descriptors without the close-on-exec flag.
    ::posix_spawn_file_actions_addclosefrom_np(&value_, 3);
  }
  ~spawn_actions() { ::posix_spawn_file_actions_destroy(&value_); }
  spawn_actions(const spawn_actions&) = delete;
  spawn_actions& operator=(const spawn_actions&) = delete;
  const posix_spawn_file_actions_t* get() const noexcept { return &value_; }

 private:
  posix_spawn_file_actions_t value_;
};

}  // namespace

caf::expected<spawned_child> spawn(const child_command& command, input_kind kind) {
  if (command.argv.empty())
    return cannot_start(command, ENOENT);
  auto stream = kind == input_kind::stream ? make_stream() : pipe_ends{};
  const auto input =
      kind == input_kind::stream ? std::move(stream.read) : make_input(command.input);
  auto output = make_pipe();
  auto errors = make_pipe();
  if (!input.is_open() || !output.good() || !errors.good())
    return cannot_start(command, errno);
  auto arguments = command.argv;
  auto environment = make_environment(command);
  const spawn_attributes attributes;
  const spawn_actions actions{command.directory, input.get(), output.write.get(),
                              errors.write.get()};
  spawned_child child;
  const int failed =
      ::posix_spawnp(&child.pid, arguments.front().c_str(), actions.get(), attributes.get(),
                     pointers(arguments).data(), pointers(environment).data());
  if (failed != 0)
    return cannot_start(command, failed);
  if (command.max_file > 0)
    limit_files(child.pid, command.max_file);
  if (command.priority == child_priority::background)
    let_others_go_first(child.pid);
  child.input = std::move(stream.write);
  child.output = std::move(output.read);
  child.errors = std::move(errors.read);
  child.exit_event = file_descriptor{static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0))};
  return child;
}

}  // namespace headway::git
