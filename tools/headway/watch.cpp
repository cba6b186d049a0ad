#include <string>
#include <string_view>

#include <unistd.h>

#include <messages/error.hpp>
#include <tools/headway/places.hpp>
#include <tools/headway/watch.hpp>
#include <tools/process/output.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view erase_rest_of_line = "\x1b[K";
constexpr std::string_view erase_below = "\x1b[J";

/// The alternate screen of a terminal, for as long as this lives.
class own_screen {
 public:
  explicit own_screen(const console& out) : active_(out.on_terminal()) { write(enter_screen); }
  ~own_screen() { write(leave_screen); }
  own_screen(const own_screen&) = delete;
  own_screen& operator=(const own_screen&) = delete;

  /// `text` instead of what was there, without a flicker between; elsewhere after it.
  std::string frame(const std::string& text) const {
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

 private:
  void write(std::string_view sequence) const {
    // A terminal that is gone needs no care.
    if (active_)
      static_cast<void>(write_all(STDOUT_FILENO, sequence));
  }

  bool active_;
};

caf::expected<std::string> picture(const watch_command& command, node& asked, console& out) {
  const auto projects = asked.list();
  if (!projects)
    return projects.error();
  // Without a progress line: the frame before stays until the next is there.
  const auto found = asked.statuses(ids_within(*projects, command.directories),
                                    [&](const char*, std::size_t, std::size_t) {
                                      return out.rest(std::chrono::milliseconds{0});
                                    });
  if (!found.complete)
    return make_error(ec::cancelled, "interrupted");
  std::vector<sync_status_ptr> statuses;
  for (const auto& document : found.documents)
    statuses.push_back(document.status);
  auto text = status_table(statuses, out.table_look(command.branches, fetch_memory::kept));
  if (statuses.empty())
    text = asked.url() + " has no projects there\n";
  return text + listed("headway", found.troubles) + listed("headway", troubles_of(statuses));
}

}  // namespace

int run_watch(const watch_command& command, node& asked, console& out) {
  auto first = picture(command, asked, out);
  if (out.interrupted())
    return *out.interrupted();
  if (!first)
    return out.fail(first.error());
  const own_screen screen{out};
  auto next = std::move(first);
  for (std::size_t shown = 1;; ++shown) {
    const auto text =
        next ? *next : "headway: " + terminal::printable(detail_of(next.error())) + "\n";
    if (out.print(screen.frame(text)) != exit_in_sync)
      return exit_error;
    if (shown == command.count)
      return exit_in_sync;
    if (out.rest(command.interval) == pace::stop)
      return *out.interrupted();
    next = picture(command, asked, out);
    if (out.interrupted())
      return *out.interrupted();
  }
}

}  // namespace headway::tools
