/// Real servers of Git on loopback for all bare repositories below one folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tools/load/child.hpp>
#include <tools/load/scenario.hpp>

namespace headway::load {

/// Usually they run at the lowest priority: in the world that a scenario stands for, remotes are
/// other machines, and what they compute is not taken from the node. Not thread-safe.
class remote_servers {
 public:
  /// Starts what `wanted` needs, at `niceness`. `root` holds the repositories, `folder` takes keys
  /// and logs.
  /// Throws with the reason when a server does not start or is not installed.
  remote_servers(const std::vector<transport>& wanted, const std::filesystem::path& root,
                 const std::filesystem::path& folder, std::uint64_t niceness);

  /// Where the server of a transport listens on 127.0.0.1; 0 for `local`.
  std::uint16_t port(transport by) const;

  /// The URL of a repository below `root` as seen through `address`:`port`.
  std::string url(transport by, const std::string& address, std::uint16_t port,
                  const std::filesystem::path& repository) const;

  /// SIGKILL to one of them, each in its turn, and a new start. Answers which. Throws when it does
  /// not start again.
  std::string kill_next();

  /// What a clone's git must know to trust the server.
  std::vector<std::pair<std::string, std::string>> settings(transport by) const;

 private:
  void start_http();
  void start_daemon();
  void start_ssh();
  struct server {
    std::string what;
    std::vector<std::string> argv;
    std::uint16_t port = 0;
    std::unique_ptr<child> process;
  };
  void launch(std::vector<std::string> argv, const std::string& what, std::uint16_t port);
  void start(server& one);

  std::filesystem::path root_;
  std::filesystem::path folder_;
  std::uint64_t niceness_;
  std::uint16_t http_ = 0;
  std::uint16_t https_ = 0;
  std::uint16_t git_ = 0;
  std::uint16_t ssh_ = 0;
  std::vector<server> servers_;
  std::size_t next_to_kill_ = 0;
};

}  // namespace headway::load
