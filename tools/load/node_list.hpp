/// What GET /projects tells of each project, as far as a run needs it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tools/client/http_client.hpp>

namespace headway::load {

using wall_clock = std::chrono::system_clock;

struct listed_project {
  std::string id;
  std::string path;
  std::string state;
  bool has_document = false;
  std::optional<wall_clock::time_point> last_fetch;
  std::optional<wall_clock::time_point> next_due;
};

/// All projects, page by page. Blocks. Throws `std::runtime_error` when the node does not list.
std::vector<listed_project> list_projects(tools::http_client& node);

/// "2026-11-24T07:00:00.000Z"; nothing for any other form.
std::optional<wall_clock::time_point> parse_time(std::string_view text);

}  // namespace headway::load
