/// Many clones whose remotes have not moved, and the servers that their remotes lie on.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <benchmarks/measure/command.hpp>
#include <benchmarks/noop_sweep/delayed_path.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

namespace headway::noop_sweep {

enum class transport { http, https, git, ssh, local };

std::string to_string(transport by);

struct fleet_size {
  std::size_t projects = 200;
  std::size_t branches = 10;  ///< Of each remote, all tracked.
  std::size_t refs = 10;      ///< Of each remote, at least the branches.
};

/// In a temporary folder; all clones track branches of repositories of their own.
class fleet {
 public:
  /// With a round trip of more than nothing, remotes over the network are reached by way of a relay
  /// that takes that long.
  fleet(const fleet_size& size, std::chrono::milliseconds round_trip);

  /// Points all clones at their remotes by this transport.
  void use(transport by);

  const std::vector<std::filesystem::path>& clones() const noexcept { return clones_; }

  /// The addresses of the remotes, in the order of the clones, and what certificates are checked
  /// with.
  std::vector<std::string> addresses(transport by);
  std::string ca_file() const { return server_.ca_file().string(); }

  /// What one would do without Headway. Throws when it fails.
  measure::command_cost fetch_all_by_git(unsigned at_once) const;
  /// The same for a look that moves nothing: `git ls-remote` of the tracked branches.
  measure::command_cost list_all_by_git(unsigned at_once) const;

 private:
  std::filesystem::path make_remotes(const fleet_size& size);
  measure::command_cost run_for_all(const std::vector<std::string>& git, unsigned at_once) const;
  std::string delayed(std::string address);
  std::string url(std::size_t number, transport by);

  test::sandbox box_;
  std::vector<std::filesystem::path> clones_;
  std::filesystem::path root_;
  test::http_server server_;
  test::git_daemon daemon_;
  std::unique_ptr<test::ssh_server> ssh_;
  std::chrono::milliseconds round_trip_;
  std::map<std::string, std::unique_ptr<delayed_path>> paths_;  ///< By port, as it is in addresses.
};

}  // namespace headway::noop_sweep
