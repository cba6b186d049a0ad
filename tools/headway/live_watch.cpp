#include <unistd.h>

#include <messages/error.hpp>
#include <tools/client/event_stream.hpp>
#include <tools/headway/live_view.hpp>
#include <tools/headway/live_watch.hpp>
#include <tools/headway/own_screen.hpp>
#include <tools/headway/places.hpp>
#include <tools/terminal/keys.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Ages change without events.
constexpr auto repaint_pause = 1s;
/// Between two tries to reach a node that has gone away.
constexpr auto retry_pause = 2s;

std::vector<std::string> resolved_all(const std::vector<std::string>& directories) {
  std::vector<std::string> all;
  for (const auto& directory : directories)
    all.push_back(resolved(directory));
  return all;
}

/// Belongs to the main thread.
class live_watch {
 public:
  live_watch(const watch_command& command, node& asked, console& out)
      : node_(asked), out_(out), view_(resolved_all(command.directories)) {}

  int run() {
    const auto projects = node_.list();
    if (!projects)
      return out_.interrupted() ? *out_.interrupted() : out_.fail(projects.error());
    view_.replace(*projects);
    const own_screen screen{out_};
    screen_ = &screen;
    while (going_ == pace::go_on) {
      const auto error = follow();
      if (going_ == pace::go_on)
        wait_for_another_try(error);
    }
    return out_.interrupted().value_or(exit_in_sync);
  }

 private:
  caf::error follow() {
    event_stream events;
    list_is_old_ = true;
    return node_.follow(
        STDIN_FILENO,
        [&](std::string_view bytes) {
          // What comes after the list has been read is newer than the list.
          if (std::exchange(list_is_old_, false))
            read_list();
          events.feed(bytes,
                      [this](std::string_view name, std::string_view data) { take(name, data); });
        },
        [this] { return glance(); });
  }

  void read_list() {
    if (const auto projects = node_.list())
      view_.replace(*projects);
    changed_ = true;
    note_.clear();
  }

  void take(std::string_view name, std::string_view data) {
    changed_ = true;
    if (name == "reset")
      return read_list();
    if (name == "status") {
      if (const auto project = parse_project(data))
        view_.take(*project);
    } else if (name == "removed") {
      if (const auto project = parse_removed(data))
        view_.remove(*project);
    } else if (name == "fetch") {
      if (const auto news = parse_fetch_news(data))
        view_.take_stage(news->project, news->stage);
    }
  }

  pace glance() {
    if (out_.rest(0ms) == pace::stop)
      return going_ = pace::stop;
    const auto keys = keyboard_.read();
    if (!keys)
      return going_ = pace::stop;
    for (const auto& each : *keys)
      obey(view_.press(each));
    changed_ = changed_ || !keys->empty();
    if (going_ == pace::go_on && (changed_ || steady_clock::now() >= painted_ + repaint_pause))
      paint();
    return going_;
  }

  void obey(live_view::wish wanted) {
    note_.clear();
    if (wanted == live_view::wish::quit)
      going_ = pace::stop;
    if (wanted != live_view::wish::fetch)
      return;
    const auto error = node_.begin_fetch(view_.selected());
    note_ = error ? view_.selected() + ": " + detail_of(error)
                  : "asked for a fetch of " + view_.selected();
  }

  void paint() {
    const auto size = terminal::size_of(STDOUT_FILENO);
    const auto text = view_.picture({.columns = size.columns,
                                     .rows = size.rows,
                                     .colors = out_.colors(),
                                     .now = std::chrono::system_clock::now(),
                                     .address = node_.url(),
                                     .note = note_});
    if (out_.print(screen_->frame(text)) != exit_in_sync)
      going_ = pace::stop;
    changed_ = false;
    painted_ = steady_clock::now();
  }

  void wait_for_another_try(const caf::error& error) {
    note_ = detail_of(error) + "; trying again";
    changed_ = true;
    const auto again = steady_clock::now() + retry_pause;
    while (going_ == pace::go_on && steady_clock::now() < again)
      if (glance() == pace::go_on && out_.rest(50ms) == pace::stop)
        going_ = pace::stop;
  }

  node& node_;
  console& out_;
  live_view view_;
  const own_screen* screen_ = nullptr;
  terminal::raw_input keyboard_;
  std::string note_;
  steady_clock::time_point painted_{};
  bool changed_ = true;
  bool list_is_old_ = true;
  pace going_ = pace::go_on;
};

}  // namespace

int run_live_watch(const watch_command& command, node& asked, console& out) {
  return live_watch{command, asked, out}.run();
}

}  // namespace headway::tools
