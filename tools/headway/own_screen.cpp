#include <unistd.h>

#include <tools/headway/own_screen.hpp>
#include <tools/process/output.hpp>

namespace headway::tools {

namespace {

constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view erase_rest_of_line = "\x1b[K";
constexpr std::string_view erase_below = "\x1b[J";

}  // namespace

own_screen::own_screen(const console& out) : active_(out.on_terminal()) {
  write(enter_screen);
}

own_screen::~own_screen() {
  write(leave_screen);
}

std::string own_screen::frame(const std::string& text) const {
  if (!active_)
    return text + "\n";
  std::string result{home};
  for (const auto c : text) {
    if (c == '\n')
      result += erase_rest_of_line;
    result += c;
  }
  return result.append(erase_below);
}

void own_screen::write(std::string_view sequence) const {
  // A terminal that is gone needs no care.
  if (active_)
    static_cast<void>(write_all(STDOUT_FILENO, sequence));
}

}  // namespace headway::tools
