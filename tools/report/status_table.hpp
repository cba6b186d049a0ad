/// The sync status of projects as a table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <messages/project.hpp>
#include <messages/status.hpp>
#include <tools/terminal/screen.hpp>

namespace headway::tools {

/// `tracked`: the branches that have an upstream, and the one that is checked out.
enum class branch_choice : std::uint8_t { tracked, all };

/// Whether whoever made the documents remembers earlier fetches. Without a memory "never fetched"
/// would be a guess.
enum class fetch_memory : std::uint8_t { kept, none };

struct table_options {
  std::size_t columns = terminal::unlimited_columns;
  terminal::color_use colors = terminal::color_use::plain;
  branch_choice branches = branch_choice::tracked;
  fetch_memory memory = fetch_memory::kept;
  wall_time now{};
};

/// One line a branch, in the order of the documents, under the headings project, branch ("*" marks
/// the one that is checked out), upstream, ahead, behind, state, fetched; then a line with the
/// sums.
std::string status_table(const std::vector<sync_status_ptr>& statuses,
                         const table_options& options);

/// Id, path, state and reason of each project.
std::string project_table(const std::vector<project_info>& projects, std::size_t columns,
                          terminal::color_use colors);

}  // namespace headway::tools
