/// A clone with branches of one's own choice, for whole processes to look at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <benchmarks/graph_queries/subject.hpp>

namespace headway::graph_queries {

enum class graph_files : std::uint8_t { as_they_are, none };

/// Bare; its objects are hard links to those of the subject where the file system allows, so that
/// the page cache is shared and nothing of the subject's can change.
struct contest_clone {
  std::filesystem::path path;
  std::map<std::string, tip_pair> branches;  ///< By name, with "origin/main" as upstream of each.
};

/// Makes it anew at `where`, with the subject's main tip as "origin/main".
contest_clone make_contest_clone(const subject& of, const std::filesystem::path& where,
                                 const std::vector<oid>& tips, graph_files files);

}  // namespace headway::graph_queries
