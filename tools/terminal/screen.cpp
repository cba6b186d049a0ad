#include <charconv>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include <tools/terminal/screen.hpp>

namespace headway::terminal {

namespace {

constexpr std::size_t usual_columns = 80;

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

std::size_t number_in(std::string_view text) noexcept {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

std::string_view sequence_of(tone look) noexcept {
  switch (look) {
    case tone::normal:
      return "";
    case tone::heading:
      return "\x1b[1m";
    case tone::good:
      return "\x1b[32m";
    case tone::notice:
      return "\x1b[33m";
    case tone::bad:
      return "\x1b[31m";
    case tone::faint:
      return "\x1b[2m";
  }
  return "";
}

}  // namespace

screen_facts facts_of(int descriptor) {
  screen_facts facts;
  facts.columns = environment("COLUMNS");
  facts.no_color = environment("NO_COLOR");
  facts.term = environment("TERM");
  if (::isatty(descriptor) == 0)
    return facts;
  facts.sink = screen_facts::kind_of_sink::terminal;
  winsize window{};
  if (::ioctl(descriptor, TIOCGWINSZ, &window) == 0)
    facts.window_columns = window.ws_col;
  return facts;
}

window_size size_of(int descriptor) {
  window_size size;
  winsize window{};
  if (::ioctl(descriptor, TIOCGWINSZ, &window) != 0)
    return size;
  if (window.ws_col != 0)
    size.columns = window.ws_col;
  if (window.ws_row != 0)
    size.rows = window.ws_row;
  return size;
}

std::size_t columns_of(const screen_facts& facts) noexcept {
  if (facts.sink != screen_facts::kind_of_sink::terminal)
    return unlimited_columns;
  if (facts.window_columns != 0)
    return facts.window_columns;
  const auto told = number_in(facts.columns);
  return told != 0 ? told : usual_columns;
}

color_use colors_of(color_mode mode, const screen_facts& facts) noexcept {
  switch (mode) {
    case color_mode::always:
      return color_use::colored;
    case color_mode::never:
      return color_use::plain;
    case color_mode::automatic:
      break;
  }
  const bool capable = facts.sink == screen_facts::kind_of_sink::terminal && facts.term != "dumb";
  return capable && facts.no_color.empty() ? color_use::colored : color_use::plain;
}

std::string painted(std::string_view text, tone look, color_use colors) {
  const auto sequence = sequence_of(look);
  if (colors == color_use::plain || sequence.empty() || text.empty())
    return std::string{text};
  return std::string{sequence}.append(text).append("\x1b[0m");
}

}  // namespace headway::terminal
