#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include <storage/git/child_process.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/mixing.hpp>
#include <storage/git/ssh_sharing.hpp>

namespace headway::git {

namespace {

// The name of a socket has 108 bytes, and ssh adds seventeen while it makes one.
constexpr std::size_t longest_folder = 60;

std::string make_folder(const char* parent) {
  if (parent == nullptr || *parent != '/')
    return {};
  std::string path = std::string{parent} + "/headway-ssh-XXXXXX";
  const bool plain = path.find_first_of(" \t\"'\\%$`") == std::string::npos;
  if (!plain || path.size() > longest_folder || ::mkdtemp(path.data()) == nullptr)
    return {};
  return path;
}

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

ssh_sharing::ssh_sharing() : folder_{make_folder(std::getenv("XDG_RUNTIME_DIR"))} {
  if (folder_.empty())
    folder_ = make_folder("/tmp");
}

ssh_sharing::~ssh_sharing() {
  if (folder_.empty())
    return;
  const cancellation never;
  std::error_code ignored;
  for (const auto& socket : std::filesystem::directory_iterator{folder_, ignored})
    static_cast<void>(run(
        quick({"ssh", "-F", "/dev/null", "-S", socket.path().string(), "-O", "exit", "x"}), never));
  std::filesystem::remove_all(folder_, ignored);
}

std::string ssh_sharing::options_for(const std::string& command, std::string_view url) {
  const auto [host, port] = ssh_destination_of(url);
  if (folder_.empty() || host.empty() || host.front() == '-' || !is_openssh(command))
    return {};
  const auto name = command + '\n' + host + '\n' + port;
  const std::lock_guard guard{mutex_};
  const auto [it, added] = known_.try_emplace(name);
  if (!added || user_shares(command, host))
    return it->second;
  mixer socket{6};
  socket.add(name);
  it->second = " -oControlMaster=auto -oControlPersist=60 -oControlPath=" + folder_ + "/" +
               hexadecimal(socket.value());
  return it->second;
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
