/// What a node answers, read back into the structs that it was written from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include <messages/fetch.hpp>
#include <messages/project.hpp>
#include <messages/schedule.hpp>
#include <messages/status.hpp>
#include <tools/client/http_client.hpp>

namespace headway::tools {

// Errors of all functions: `remote` when the document is not what a node of this version writes.

/// Oids, and whatever else the JSON does not hold, stay empty.
caf::expected<sync_status_ptr> parse_sync_status(std::string_view json);

caf::expected<project_info> parse_project(std::string_view json);

struct parsed_page {
  std::vector<project_info> projects;
  std::optional<std::string> next_cursor;
};
caf::expected<parsed_page> parse_project_page(std::string_view json);

/// Timings and single refs stay empty.
caf::expected<fetch_report> parse_fetch_report(std::string_view json);

/// What the document of the scheduler says of its settings.
caf::expected<fetch_rules> parse_fetch_rules(std::string_view json);

/// What an event "fetch" says: the stage of the remote that is furthest from its end.
struct fetch_news {
  project_id project;
  fetch_stage stage = fetch_stage::done;
};
caf::expected<fetch_news> parse_fetch_news(std::string_view json);

/// The "id" of an event "removed".
caf::expected<project_id> parse_removed(std::string_view json);

/// The error in an answer whose status is no success: the code that the problem's type names, and
/// "TITLE: DETAIL" as sentence.
caf::error problem_in(const http_answer& answer);

/// The member "project" of a problem: the project that holds the path already.
std::optional<std::string> project_in_problem(std::string_view json);

/// `{"path": …}`. REQUIRES: `path` is UTF-8.
std::string add_request_json(std::string_view path);

}  // namespace headway::tools
