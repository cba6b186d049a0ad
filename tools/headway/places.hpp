/// The directories that a command line names.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <messages/project.hpp>
#include <tools/report/attention.hpp>

namespace headway::tools {

/// Absolute, without "." and "..", and with symbolic links resolved as far as the path exists:
/// projects are known by such paths.
std::string resolved(const std::string& path);

struct places {
  std::vector<std::string> roots;         ///< To be searched.
  std::vector<std::string> repositories;  ///< Known to be some.
  std::vector<trouble> errors;            ///< Named, but no directories.
};

/// Without `directories`, the work tree around `current`, or else what lies below it.
places places_to_look(const std::vector<std::string>& directories,
                      const std::filesystem::path& current);

/// The ids of the projects whose path is one of `directories` or lies below one; all when there are
/// none.
std::vector<std::string> ids_within(const std::vector<project_info>& projects,
                                    const std::vector<std::string>& directories);

/// Whether `path` is one of `directories` or lies below one. REQUIRES: all are resolved.
bool is_within(const std::string& path, const std::vector<std::string>& directories);

}  // namespace headway::tools
