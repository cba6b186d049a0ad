/// Many clones whose remotes have not moved, and the servers that their remotes lie on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmarks/measure/command.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

namespace headway::noop_sweep {

enum class transport { http, https, local };

std::string to_string(transport by);

/// In a temporary folder; all clones track all branches of repositories of their own.
class fleet {
 public:
  fleet(std::size_t projects, std::size_t branches);

  /// Points all clones at their remotes by this transport.
  void use(transport by);

  const std::vector<std::filesystem::path>& clones() const noexcept { return clones_; }

  /// The address of one of the remotes, and what its certificate is checked with.
  std::string address(transport by) const;
  std::string ca_file() const { return server_.ca_file().string(); }

  /// What one would do without Headway. Throws when it fails.
  measure::command_cost fetch_all_by_git(unsigned at_once) const;

 private:
  std::filesystem::path make_remotes(std::size_t projects, std::size_t branches);
  std::string url(std::size_t number, transport by) const;

  test::sandbox box_;
  std::vector<std::filesystem::path> clones_;
  std::filesystem::path root_;
  test::http_server server_;
};

}  // namespace headway::noop_sweep
