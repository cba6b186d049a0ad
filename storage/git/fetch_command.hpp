/// How git is called so that it never asks anybody, never runs what a repository tells it to run by
/// the way, and never touches more than it was told to.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <messages/repo.hpp>
#include <storage/git/child_process.hpp>

namespace headway::git {

/// How git would talk to `url`, by git's own rules: "https", "ssh", "git", "file" (local paths
/// too), or the name of a remote helper ("ext" for "ext::sh -c …"). Empty for an empty address.
std::string transport_of(std::string_view url);

/// Whether `transport` may be used: it is in `allowed` and is no helper that runs commands.
bool transport_allowed(std::string_view transport, const std::vector<std::string>& allowed);

/// The user's `configured` ssh command (empty: plain ssh) made unable to ask and unable to hang.
/// Options of ours come last, because ssh takes the first value it sees: the user's own win. A
/// program that is not OpenSSH gets no options that it would not understand.
std::string quiet_ssh_command(std::string_view configured);

/// The refusal of `remote`, which would be reached by a transport that is not allowed; it says
/// which setting would allow it.
caf::error forbidden_transport(const std::string& remote, const std::string& transport);

/// Whether a command, as git would give it to a shell, begins with OpenSSH's client.
bool is_openssh(std::string_view command);

/// Makes the calls of one fetch. The repository is always named, never searched for: with the clone
/// gone, git would find another one in a parent folder.
class git_caller {
 public:
  git_caller(const repository_location& location, const std::vector<std::string>& allowed_schemes);

  /// ssh with this command, see `quiet_ssh_command`.
  void use_ssh_command(std::string command);

  /// Arguments that every call which talks to the remote gets ("-c", "key=value").
  void use_settings(std::vector<std::string> arguments);

  /// The login that a host (`host_key`) gets from calls that talk to it, and no other host: by a
  /// credential helper that finds it in its environment. Other helpers are not asked then.
  void use_login(std::string host, std::string username, std::string password);

  void use_patience(std::chrono::seconds patience) { patience_ = patience; }

  /// Of all that is called from now on.
  void use_priority(child_priority priority) { priority_ = priority; }

  /// Of local work: `git <settings> args…`.
  child_command local(const std::vector<std::string>& args) const;
  /// Of `args…` that talk to a remote and give up on a connection that is slower than `slowest`
  /// bytes in a second for as long as was said, or 30 seconds.
  child_command remote(const std::vector<std::string>& args, unsigned slowest) const;

 private:
  const repository_location& location_;
  std::string protocols_;
  std::string ssh_command_;
  std::vector<std::string> settings_;
  std::string host_;  ///< Empty: there is no login.
  std::string username_;
  std::string password_;
  std::chrono::seconds patience_{30};
  child_priority priority_ = child_priority::usual;
};

}  // namespace headway::git
