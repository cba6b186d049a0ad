#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tools/load/child.hpp>

namespace headway::load {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class descriptor {
 public:
  explicit descriptor(int number) : number_{number} {}
  ~descriptor() { close(); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const noexcept { return number_; }
  void close() {
    if (number_ >= 0)
      ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

[[noreturn]] void give_up(const std::string& what, int code) {
  throw std::runtime_error(what + ": " + std::strerror(code));
}

using environment = std::vector<std::pair<std::string, std::string>>;

/// Of this process, less what configures git, plus what makes it deterministic.
std::vector<std::string> clean_environment(const environment& more) {
  std::vector<std::string> result;
  for (char** at = environ; *at != nullptr; ++at)
    if (const std::string_view entry{*at}; !entry.starts_with("GIT_"))
      result.emplace_back(entry);
  for (const auto* fixed :
       {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
        "GIT_AUTHOR_NAME=Load", "GIT_COMMITTER_NAME=Load", "GIT_AUTHOR_EMAIL=load@example.org",
        "GIT_COMMITTER_EMAIL=load@example.org"})
    result.emplace_back(fixed);
  for (const auto& [name, value] : more) {
    std::erase_if(result, [&](const auto& entry) { return entry.starts_with(name + "="); });
    result.push_back(name + "=" + value);
  }
  return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

enum class grouping { own, ours };

/// Descriptors become 0, 1 and 2 of the program.
pid_t start(std::vector<std::string> argv, const environment& more,
            const std::array<int, 3>& standard, grouping group) {
  auto variables = clean_environment(more);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (int i = 0; i < 3; ++i)
    ::posix_spawn_file_actions_adddup2(&actions, standard[static_cast<std::size_t>(i)], i);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // The harness blocks the signals that it waits for; what it starts must not inherit that.
  sigset_t none;
  ::sigemptyset(&none);
  sigset_t usual;
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGPIPE);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                      (group == grouping::own ? POSIX_SPAWN_SETPGROUP : 0)));
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, argv[0].c_str(), &actions, &attributes,
                                   pointers_to(argv).data(), pointers_to(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0)
    give_up("cannot start " + argv[0], error);
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int anonymous_file(const std::string& content) {
  const int file = ::memfd_create("headway-load", MFD_CLOEXEC);
  if (file < 0)
    give_up("memfd_create", errno);
  for (std::size_t done = 0; done < content.size();) {
    const auto n = ::write(file, content.data() + done, content.size() - done);
    if (n <= 0)
      give_up("write", errno);
    done += static_cast<std::size_t>(n);
  }
  ::lseek(file, 0, SEEK_SET);
  return file;
}

std::string content_of(int file) {
  std::string text;
  std::array<char, 16'384> piece;
  for (off_t at = 0;;) {
    const auto n = ::pread(file, piece.data(), piece.size(), at);
    if (n <= 0)
      return text;
    text.append(piece.data(), static_cast<std::size_t>(n));
    at += n;
  }
}

}  // namespace

// Files in memory instead of pipes: nothing can fill up, so nobody has to read while it runs.
run_result run(const std::vector<std::string>& argv, const std::string& input) {
  const descriptor in{anonymous_file(input)};
  const descriptor out{anonymous_file({})};
  const descriptor errors{anonymous_file({})};
  const auto pid = start(argv, {}, {in.get(), out.get(), errors.get()}, grouping::ours);
  run_result result;
  result.status = wait_for(pid);
  result.output = content_of(out.get());
  result.errors = content_of(errors.get());
  return result;
}

std::string output_of(const std::vector<std::string>& argv, const std::string& input) {
  auto result = run(argv, input);
  if (result.status != 0) {
    std::string line;
    for (const auto& word : argv)
      line += word + " ";
    throw std::runtime_error(line + "ended with " + std::to_string(result.status) + ": " +
                             result.errors);
  }
  if (result.output.ends_with('\n'))
    result.output.pop_back();
  return std::move(result.output);
}

child::child(const std::vector<std::string>& argv, const environment& more,
             const std::filesystem::path& log) {
  const descriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const descriptor out{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  if (out.get() < 0)
    give_up(log.string(), errno);
  pid_ = start(argv, more, {nothing.get(), out.get(), out.get()}, grouping::own);
  exit_event_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

child::~child() {
  if (pid_ > 0)
    stop(milliseconds{5'000});
}

bool child::ended_within(milliseconds patience) {
  pollfd event{exit_event_, POLLIN, 0};
  return ::poll(&event, 1, static_cast<int>(patience.count())) > 0;
}

bool child::runs() {
  return pid_ > 0 && !ended_within(milliseconds{0});
}

void child::signal(int number) const {
  if (pid_ > 0)
    ::kill(pid_, number);
}

bool child::stop(milliseconds patience) {
  if (pid_ <= 0)
    return true;
  ::kill(-pid_, SIGTERM);
  const bool ended = ended_within(patience);
  ::kill(-pid_, SIGKILL);
  wait_for(pid_);
  ::close(exit_event_);
  pid_ = -1;
  return ended;
}

void child::kill() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  wait_for(pid_);
  ::close(exit_event_);
  pid_ = -1;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  if (parent <= 0)
    return found;
  std::error_code gone;
  for (std::filesystem::directory_iterator at{"/proc", gone}, end; !gone && at != end;
       at.increment(gone)) {
    std::ifstream stat{at->path() / "stat"};
    std::string text;
    if (!std::getline(stat, text) || text.rfind(')') == std::string::npos)
      continue;
    // Behind the name, which may hold anything: the state, and the parent.
    std::istringstream fields{text.substr(text.rfind(')') + 1)};
    char state = 0;
    pid_t of = 0;
    if (fields >> state >> of && of == parent && state != 'Z')
      found.push_back(static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10)));
  }
  std::ranges::sort(found);
  return found;
}

bool await_port(const std::string& address, std::uint16_t port, child& process,
                milliseconds patience) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  const auto end = steady_clock::now() + patience;
  while (steady_clock::now() < end) {
    const descriptor probe{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0)
      return true;
    if (!process.runs())
      return false;
    ::poll(nullptr, 0, 2);
  }
  return false;
}

std::uint16_t free_port() {
  const descriptor probe{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    give_up("no free port", errno);
  return ntohs(address.sin_port);
}

std::string end_of(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::ostringstream text;
  text << stream.rdbuf();
  auto all = text.str();
  constexpr std::size_t most = 2'000;
  return all.size() > most ? all.substr(all.size() - most) : all;
}

}  // namespace headway::load
