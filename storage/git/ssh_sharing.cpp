#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/child_process.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_failure.hpp>
#include <storage/git/mixing.hpp>
#include <storage/git/ssh_sharing.hpp>

namespace headway::git {

namespace {

// The name of a socket has 108 bytes, and ssh adds seventeen while it makes one.
constexpr std::size_t longest_folder = 60;

// Longer than the shortest interval between two looks at a remote.
constexpr std::chrono::seconds kept_open{300};

constexpr std::string_view folder_begin = "/headway-ssh-";

// A file in the folder that its owner keeps locked for as long as it lives.
constexpr std::string_view owner_file = "/owner";

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

child_command quick(std::vector<std::string> argv) {
  child_command command;
  command.argv = std::move(argv);
  command.deadline = std::chrono::seconds{10};
  command.kill_grace = std::chrono::milliseconds{100};
  return command;
}

void close_connections(const std::string& folder) {
  const cancellation never;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{folder, ignored})
    if (entry.is_socket(ignored))
      static_cast<void>(
          run(quick({"ssh", "-F", "/dev/null", "-S", entry.path().string(), "-O", "exit", "x"}),
              never));
  std::filesystem::remove_all(folder, ignored);
}

// The lock of a folder: a descriptor, or -1 when another process has it or there is none.
int lock_folder(const std::string& folder, int flags) {
  const auto path = folder + std::string{owner_file};
  const int descriptor = ::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    return descriptor;
  if (descriptor >= 0)
    ::close(descriptor);
  return -1;
}

// Whether somebody keeps a connection there.
bool is_served(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return false;
  std::ranges::copy(path, address.sun_path);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0)
    return false;
  const bool served =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return served;
}

bool is_ours(const std::string& folder) {
  struct stat info {};
  return ::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
}

// What processes left that were killed: nobody holds their locks.
void sweep(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{parent, ignored}) {
    const auto folder = entry.path().string();
    if (!folder.starts_with(parent + std::string{folder_begin}) || !is_ours(folder))
      continue;
    if (const int lock = lock_folder(folder, 0); lock >= 0) {
      close_connections(folder);
      ::close(lock);
    }
  }
}

}  // namespace

ssh_destination ssh_destination_of(std::string_view url) {
  const auto mark = url.find("://");
  if (mark == std::string_view::npos)
    return {std::string{url.substr(0, url.find(':'))}, ""};
  auto authority = url.substr(mark + 3);
  authority = authority.substr(0, authority.find('/'));
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  ssh_destination result{std::string{authority.substr(0, has_port ? colon : authority.size())},
                         has_port ? std::string{authority.substr(colon + 1)} : ""};
  std::erase_if(result.host, [](char c) { return c == '[' || c == ']'; });
  return result;
}

ssh_sharing::~ssh_sharing() {
  if (folder_.empty())
    return;
  close_connections(folder_);
  ::close(lock_);
}

bool ssh_sharing::make_folder(const char* parent) {
  if (parent == nullptr || *parent != '/')
    return false;
  auto path = std::string{parent}.append(folder_begin).append("XXXXXX");
  const bool plain = path.find_first_of(" \t\"'\\%$`") == std::string::npos;
  if (!plain || path.size() > longest_folder)
    return false;
  sweep(parent);
  if (::mkdtemp(path.data()) == nullptr)
    return false;
  lock_ = lock_folder(path, O_CREAT);
  if (lock_ < 0) {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
    return false;
  }
  folder_ = std::move(path);
  return true;
}

// Made when the first ssh remote is talked to: most processes never do.
bool ssh_sharing::has_folder() {
  if (!asked_for_folder_) {
    asked_for_folder_ = true;
    static_cast<void>(make_folder(std::getenv("XDG_RUNTIME_DIR")) || make_folder("/tmp"));
  }
  return !folder_.empty();
}

std::string ssh_sharing::options_for(const std::string& command, std::string_view url) {
  return line_for(command, url).options;
}

ssh_sharing::shared_line ssh_sharing::line_for(const std::string& command, std::string_view url) {
  const auto [host, port] = ssh_destination_of(url);
  if (host.empty() || host.front() == '-' || !is_openssh(command))
    return {};
  const auto name = command + '\n' + host + '\n' + port;
  const std::lock_guard guard{mutex_};
  if (!has_folder())
    return {};
  const auto [it, added] = known_.try_emplace(name);
  if (!added || user_shares(command, host))
    return it->second;
  mixer socket{6};
  socket.add(name);
  it->second.socket = folder_ + "/" + hexadecimal(socket.value());
  it->second.options =
      " -oControlMaster=auto -oControlPersist=" + std::to_string(kept_open.count()) +
      " -oControlPath=" + it->second.socket;
  return it->second;
}

caf::expected<std::string> ssh_sharing::open(const std::string& command, std::string_view url,
                                             std::chrono::milliseconds deadline,
                                             const cancellation& cancel) {
  const auto [options, socket] = line_for(command, url);
  if (options.empty())
    return make_error(ec::config, "ssh connections to this host are not shared");
  if (is_served(socket))
    return socket;
  const auto [host, port] = ssh_destination_of(url);
  // Git's own name for the version it speaks has to be let through by whoever keeps the connection.
  auto opening = quick({"/bin/sh", "-c",
                        "exec " + command + options + " -oSendEnv=GIT_PROTOCOL -fN" +
                            (port.empty() ? "" : " -p " + port) + " -- \"$0\"",
                        host});
  opening.deadline = deadline;
  opening.environment.emplace_back("LC_ALL", "C");
  auto result = run(opening, cancel);
  if (!result)
    return std::move(result.error());
  if (result->how == child_result::ending::exited && result->status == 0)
    return socket;
  const auto failure = classify("connecting to " + host, *result);
  return make_error(failure.code, failure.sentence);
}

// Options on the command line would win over the user's configuration.
bool ssh_sharing::user_shares(const std::string& command, const std::string& host) const {
  const cancellation never;
  const auto answer =
      run(quick({"/bin/sh", "-c", "exec " + command + " -G -- \"$0\"", host}), never);
  if (!answer || answer->how != child_result::ending::exited || answer->status != 0)
    return true;
  const auto has = [&](std::string_view line) {
    return ("\n" + answer->output).find(line) != std::string::npos;
  };
  return has("\ncontrolpath ") && !has("\ncontrolpath none\n");
}

}  // namespace headway::git
