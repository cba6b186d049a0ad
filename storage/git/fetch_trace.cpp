#include <algorithm>
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

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// Bytes that are not ASCII stand there as a backslash and three octal digits. A ref has no
// backslashes of its own.
std::optional<std::string> unescaped(std::string_view text) {
  constexpr std::size_t digits = 3;
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      result += text[at];
      continue;
    }
    unsigned value = 0;
    const auto code = text.substr(at + 1, digits);
    const auto [stop, problem] = std::from_chars(code.data(), code.data() + code.size(), value, 8);
    if (problem != std::errc{} || stop != code.data() + digits || value > 0xff)
      return {};
    result += static_cast<char>(value);
    at += digits;
  }
  return result;
}

// "<id> refs/tags/v1 peeled:<id>"
bool add_tag(std::string_view line, remote::advertised_tags& tags) {
  constexpr std::size_t hex_digits = 40;
  constexpr std::string_view peeled = " peeled:";
  const auto id = oid::from_hex(line.substr(0, hex_digits));
  const auto words = line.substr(std::min(hex_digits + 1, line.size()));
  const auto name = unescaped(words.substr(0, words.find(' ')));
  const auto at = words.find(peeled);
  const auto target = at == std::string_view::npos
                          ? id
                          : oid::from_hex(words.substr(at + peeled.size(), hex_digits));
  return id && target && name && !id->is_zero() &&
         tags.emplace(*name, remote::advertised_tag{*id, *target}).second;
}

}  // namespace

void add_traced_times(std::string_view events, fetch_steps& steps) {
  traced_children children{steps};
  while (!events.empty()) {
    const auto line = take_line(events);
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

std::optional<remote::advertised_tags> traced_tags(std::string_view packets) {
  enum class part { before, question, list };
  constexpr std::string_view sent = " fetch> ";
  constexpr std::string_view received = " fetch< ";
  constexpr std::size_t hex_digits = 40;
  remote::advertised_tags tags;
  auto now = part::before;
  bool all_tags = false;
  while (!packets.empty()) {
    const auto line = take_line(packets);
    const auto at = line.find(now == part::list ? received : sent);
    if (at == std::string_view::npos)
      continue;
    const auto packet = line.substr(at + sent.size());
    if (now == part::before && packet == "command=ls-refs") {
      now = part::question;
    } else if (now == part::question) {
      all_tags = all_tags || packet == "ref-prefix refs/tags/";
      now = packet == "0000" ? part::list : part::question;
    } else if (now == part::list && packet == "0000") {
      return all_tags ? std::optional{std::move(tags)} : std::nullopt;
    } else if (now == part::list &&
               packet.substr(std::min(hex_digits, packet.size())).starts_with(" refs/tags/") &&
               !add_tag(packet, tags)) {
      return {};
    }
  }
  return {};
}

}  // namespace headway::git
