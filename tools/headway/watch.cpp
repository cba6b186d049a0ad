#include <string>

#include <unistd.h>

#include <messages/error.hpp>
#include <tools/headway/live_watch.hpp>
#include <tools/headway/own_screen.hpp>
#include <tools/headway/places.hpp>
#include <tools/headway/watch.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

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
  // Who counts tables or wants all branches gets tables; so does whoever has no keys to press.
  if (out.on_terminal() && ::isatty(STDIN_FILENO) != 0 && command.count == 0 &&
      command.branches == branch_choice::tracked)
    return run_live_watch(command, asked, out);
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
