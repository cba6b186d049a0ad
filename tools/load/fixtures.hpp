/// The repositories of a scenario: for each project a clone, and the bare repository that is its
/// remote.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <benchmarks/history/kernel_history.hpp>

#include <tools/load/scenario.hpp>

namespace headway::load {

/// Hears what is being done, and how far it is.
using tell_progress = std::function<void(std::string_view what, std::size_t done, std::size_t all)>;

struct project_fixture {
  std::string name;
  std::filesystem::path clone;  ///< The work tree.
  std::filesystem::path bare;
  std::uint32_t host = 0;  ///< In `scenario::hosts`.
  template_size of = template_size::small;
  std::vector<std::string> branches;  ///< Those with an upstream, "main" first.
  bool spare = false;
};

/// How a clone addresses its remote, and what its git must know for that.
struct remote_address {
  std::string url;
  std::vector<std::pair<std::string, std::string>> settings;  ///< Keys and values of git config.
};

/// Histories by size, made once below a cache: the file name holds all that they depend on.
class templates {
 public:
  /// Makes what `sizes` lack, which takes a minute or two for `kernel`. Throws with git's words.
  templates(const std::filesystem::path& cache, const std::vector<template_size>& sizes,
            const tell_progress& tell);

  struct history {
    std::filesystem::path path;
    std::uint32_t commits = 0;
    std::map<std::string, std::string> local;     ///< Tips of branches as a clone has them.
    std::map<std::string, std::string> upstream;  ///< As their remote has them.
  };
  const history& of(template_size size) const;

 private:
  std::array<std::optional<history>, template_names.size()> made_;
};

/// Commits of a template on its main branch.
std::uint32_t commits_of(template_size size) noexcept;

/// Makes all projects of `plan` below `folder`. Packs are hard links to those of the templates, if
/// the file system allows, so that a thousand projects cost their refs. Throws.
std::vector<project_fixture> make_projects(
    const scenario& plan, const templates& from, const std::filesystem::path& folder,
    const std::function<remote_address(const project_fixture&)>& address,
    const tell_progress& tell);

}  // namespace headway::load
