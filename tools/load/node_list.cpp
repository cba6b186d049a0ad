#include <cstdio>
#include <stdexcept>

#include <boost/json.hpp>

#include <messages/error.hpp>
#include <tools/load/node_list.hpp>

namespace headway::load {

namespace {

namespace json = boost::json;

std::string text_in(const json::object& from, std::string_view key) {
  const auto* found = from.if_contains(key);
  return found && found->is_string() ? std::string{found->as_string()} : std::string{};
}

listed_project project_in(const json::object& line) {
  listed_project result;
  result.id = text_in(line, "id");
  result.path = text_in(line, "path");
  result.state = text_in(line, "state");
  if (const auto* summary = line.if_contains("summary"); summary && summary->is_object()) {
    result.has_document = true;
    result.last_fetch = parse_time(text_in(summary->as_object(), "last_fetch"));
    result.next_due = parse_time(text_in(summary->as_object(), "next_due"));
  }
  return result;
}

}  // namespace

std::vector<listed_project> list_projects(tools::http_client& node) {
  std::vector<listed_project> result;
  std::string target = "/projects?limit=1000";
  while (!target.empty()) {
    const auto answer = node.perform(tools::http_call{.target = std::exchange(target, {})});
    if (!answer)
      throw std::runtime_error("the node does not list its projects: " + describe(answer.error()));
    boost::system::error_code error;
    const auto page = json::parse(answer->body, error);
    if (error || answer->status != 200 || !page.is_object() ||
        !page.as_object().contains("projects"))
      throw std::runtime_error("the node does not list its projects: " +
                               answer->body.substr(0, 200));
    for (const auto& line : page.at("projects").as_array())
      result.push_back(project_in(line.as_object()));
    if (const auto cursor = text_in(page.as_object(), "next_cursor"); !cursor.empty())
      target = "/projects?limit=1000&cursor=" + tools::encode_segment(cursor);
  }
  return result;
}

std::optional<wall_clock::time_point> parse_time(std::string_view text) {
  const std::string copy{text};
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  if (std::sscanf(copy.c_str(), "%d-%u-%uT%d:%d:%d.%dZ", &year, &month, &day, &hour, &minute,
                  &second, &millisecond) != 7)
    return std::nullopt;
  using namespace std::chrono;
  return sys_days{std::chrono::year{year} / month / day} + hours{hour} + minutes{minute} +
         seconds{second} + milliseconds{millisecond};
}

}  // namespace headway::load
