#include <charconv>
#include <map>
#include <optional>
#include <string>

#include <storage/git/fetch_trace.hpp>

namespace headway::git {

namespace {

// "key":"value" or "key":value of a line; the first of its name.
std::string_view value_of(std::string_view line, std::string_view key) {
  const auto quoted = "\"" + std::string{key} + "\":";
  const auto at = line.find(quoted);
  if (at == std::string_view::npos)
    return {};
  auto value = line.substr(at + quoted.size());
  if (!value.starts_with('"'))
    return value.substr(0, value.find_first_of(",}"));
  value.remove_prefix(1);
  return value.substr(0, value.find('"'));
}

std::optional<fetch_steps::time> seconds_of(std::string_view text) {
  double seconds = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem != std::errc{} || seconds < 0)
    return {};
  return std::chrono::ceil<fetch_steps::time>(std::chrono::duration<double>{seconds});
}

bool runs(std::string_view line, std::string_view command) {
  const auto word = "\"" + std::string{command} + "\"";
  return line.find(word) != std::string_view::npos;
}

/// Children of git itself that count, by their number.
class traced_children {
 public:
  explicit traced_children(fetch_steps& spent) : spent_{spent} {}

  void started(std::string_view line) {
    const std::string number{value_of(line, "child_id")};
    if (runs(line, "index-pack") || runs(line, "unpack-objects"))
      steps_[number] = &spent_.pack;
    else if (runs(line, "rev-list"))
      steps_[number] = &spent_.checking;
  }
  void ended(std::string_view line) {
    const auto step = steps_.find(std::string{value_of(line, "child_id")});
    const auto took = seconds_of(value_of(line, "t_rel"));
    if (step != steps_.end() && took)
      *step->second += *took;
  }

 private:
  fetch_steps& spent_;
  std::map<std::string, fetch_steps::time*> steps_;
};

}  // namespace

void add_traced_times(std::string_view events, fetch_steps& steps) {
  traced_children children{steps};
  while (!events.empty()) {
    const auto line = events.substr(0, events.find('\n'));
    events.remove_prefix(std::min(line.size() + 1, events.size()));
    // Children trace into the same file, with a slash in their session's name.
    if (value_of(line, "sid").find('/') != std::string_view::npos)
      continue;
    const auto event = value_of(line, "event");
    if (event == "child_start")
      children.started(line);
    else if (event == "child_exit")
      children.ended(line);
    else if (event == "region_leave" && (value_of(line, "label") == "remote_refs" ||
                                         value_of(line, "label") == "negotiation_v2"))
      steps.negotiation += seconds_of(value_of(line, "t_rel")).value_or(fetch_steps::time{});
  }
}

}  // namespace headway::git
