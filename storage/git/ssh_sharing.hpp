/// One ssh connection for all fetches from a host, by OpenSSH's own multiplexing.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include <storage/git/child_process.hpp>

namespace headway::git {

/// A private folder for the sockets of shared connections, in $XDG_RUNTIME_DIR or /tmp. The first
/// fetch from a host leaves its connection open for five minutes, and the next ones go through it.
/// Any thread; its end closes all connections. What a process that was killed has left is removed
/// by the next one that needs a folder.
class ssh_sharing {
 public:
  ssh_sharing() = default;
  ~ssh_sharing();
  ssh_sharing(const ssh_sharing&) = delete;
  ssh_sharing& operator=(const ssh_sharing&) = delete;

  /// Options to append to `command`, an ssh command as git would run it, when it talks to `url`;
  /// empty when connections are not to be shared: it is not OpenSSH, the user shares connections in
  /// a way of their own, or there is no folder for sockets. Another command or another spelling of
  /// the host has another connection, because another key may belong to it. Asks `ssh -G` the first
  /// time.
  std::string options_for(const std::string& command, std::string_view url);

  /// The socket of the connection to the host of `url`, which is opened unless it is there. Blocks
  /// while ssh connects and logs in. Errors: `config` when connections are not to be shared,
  /// those of a fetch that cannot connect (`auth_required`, `network`, `deadline_exceeded`),
  /// `cancelled`.
  caf::expected<std::string> open(const std::string& command, std::string_view url,
                                  std::chrono::milliseconds deadline, const cancellation& cancel);

 private:
  struct shared_line {
    std::string options;  ///< Empty: not to be shared.
    std::string socket;
  };
  shared_line line_for(const std::string& command, std::string_view url);
  bool has_folder();
  bool make_folder(const char* parent);
  bool user_shares(const std::string& command, const std::string& host) const;

  std::mutex mutex_;
  bool asked_for_folder_ = false;
  std::string folder_;
  int lock_ = -1;                             ///< Of the folder.
  std::map<std::string, shared_line> known_;  ///< By command and host.
};

/// "user@host" and port of an ssh address, as arguments for ssh; empty when it cannot be told.
struct ssh_destination {
  std::string host;
  std::string port;
};
ssh_destination ssh_destination_of(std::string_view url);

}  // namespace headway::git
