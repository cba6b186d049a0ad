#include <algorithm>

#include <storage/git/plain_config.hpp>

namespace headway::git {

namespace {

constexpr std::string_view blanks = " \t";

bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name(char c) noexcept {
  return is_alpha(c) || (c >= '0' && c <= '9') || c == '-';
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return result;
}

std::string_view without_blanks_before(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

std::string_view without_blanks(std::string_view text) {
  text = without_blanks_before(text);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

bool is_comment(std::string_view text) {
  return text.empty() || text.front() == '#' || text.front() == ';';
}

class plain_reader {
 public:
  explicit plain_reader(std::string_view passed_over) : passed_over_{passed_over} {}

  bool line(std::string_view text) {
    text = without_blanks_before(text);
    if (is_comment(text))
      return true;
    return text.front() == '[' ? section(text) : entry(text);
  }
  std::vector<config_entry> take() { return std::move(entries_); }

 private:
  // "[name]" or "[name "subsection"]", alone in its line.
  bool section(std::string_view text) {
    text.remove_prefix(1);
    const auto name = text.substr(0, std::ranges::find_if_not(text, is_name) - text.begin());
    text.remove_prefix(name.size());
    prefix_ = lower(name);
    if (name.empty() || prefix_ == "include" || prefix_ == "includeif")
      return false;
    wanted_ = prefix_ != passed_over_;
    prefix_ += '.';
    if (const auto quoted = without_blanks_before(text); quoted.starts_with('"')) {
      const auto end = quoted.find('"', 1);
      if (quoted.size() == text.size() || end == std::string_view::npos)
        return false;
      prefix_.append(quoted.substr(1, end - 1)).append(".");
      text = quoted.substr(end + 1);
    }
    return text.starts_with(']') && is_comment(without_blanks_before(text.substr(1)));
  }

  bool entry(std::string_view text) {
    if (prefix_.empty() || !is_alpha(text.front()))
      return false;
    const auto name = text.substr(0, std::ranges::find_if_not(text, is_name) - text.begin());
    text = without_blanks_before(text.substr(name.size()));
    std::optional<std::string_view> value;
    if (text.starts_with('=')) {
      text.remove_prefix(1);
      value = without_blanks(text.substr(0, text.find_first_of("#;")));
      if (value->find('\t') != std::string_view::npos)
        return false;
    } else if (!text.empty()) {
      return false;
    }
    if (!wanted_)
      return true;
    auto& made = entries_.emplace_back(config_entry{prefix_ + lower(name), std::nullopt});
    if (value)
      made.value = *value;
    return true;
  }

  const std::string_view passed_over_;
  bool wanted_ = true;
  std::string prefix_;  // "remote.origin."
  std::vector<config_entry> entries_;
};

}  // namespace

std::optional<std::vector<config_entry>> read_plain_config(std::string_view text,
                                                           std::string_view passed_over) {
  using namespace std::string_view_literals;
  if (text.find_first_of("\\\r\0"sv) != std::string_view::npos || text.starts_with("\xef\xbb\xbf"))
    return std::nullopt;
  plain_reader reader{passed_over};
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    // Quotes are for the names of subsections.
    if (const auto quote = line.find('"');
        quote != std::string_view::npos && !without_blanks_before(line).starts_with('['))
      return std::nullopt;
    if (!reader.line(line))
      return std::nullopt;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return reader.take();
}

}  // namespace headway::git
