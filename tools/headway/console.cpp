#include <chrono>
#include <iostream>

#include <unistd.h>

#include <messages/error.hpp>
#include <tools/headway/console.hpp>
#include <tools/process/output.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

bool is_terminal(const terminal::screen_facts& facts) noexcept {
  return facts.sink == terminal::screen_facts::kind_of_sink::terminal;
}

// Scripts get no progress: they have nobody who waits before a screen.
terminal::progress_style style_of(const terminal::screen_facts& errors) noexcept {
  return is_terminal(errors) ? terminal::progress_style::live : terminal::progress_style::silent;
}

constexpr std::chrono::seconds worth_a_line{1};

}  // namespace

console::console(terminal::color_mode color, const signal_inbox& signals, node_access access)
    : color_(color),
      signals_(signals),
      output_(terminal::facts_of(STDOUT_FILENO)),
      progress_(std::cerr, style_of(terminal::facts_of(STDERR_FILENO)),
                terminal::columns_of(terminal::facts_of(STDERR_FILENO))),
      access_(std::move(access)) {}

int console::print(const std::string& text) {
  progress_.clear();
  const auto error = write_all(STDOUT_FILENO, text);
  if (!error)
    return exit_in_sync;
  // A reader that has seen enough ("| head") is no error to complain of.
  if (code_of(error) != ec::cancelled)
    fail(error);
  return exit_error;
}

void console::complain(const std::vector<trouble>& troubles) {
  progress_.clear();
  static_cast<void>(write_all(STDERR_FILENO, listed("headway", troubles)));
}

void console::note(const std::string& line) {
  progress_.clear();
  static_cast<void>(write_all(STDERR_FILENO, "headway: " + terminal::printable(line) + "\n"));
}

int console::fail(const caf::error& error) {
  note(detail_of(error));
  return exit_error;
}

survey_watch console::watch() {
  return [this](const char* what, std::size_t done, std::size_t all) {
    show(meter_.text(what, done, all, std::chrono::steady_clock::now()));
    return rest(std::chrono::milliseconds{0});
  };
}

void console::show(const std::string& what) {
  const auto now = std::chrono::steady_clock::now();
  if (!working_since_)
    working_since_ = now;
  if (now - *working_since_ >= worth_a_line)
    progress_.show(what, now);
}

void console::end_progress() {
  progress_.clear();
  working_since_.reset();
}

caf::expected<node> console::connect(const std::string& url) {
  auto client = http_client::connect_to(
      url, [this] { return rest(std::chrono::milliseconds{0}); }, access_);
  if (!client)
    return client.error();
  return node{std::move(*client)};
}

pace console::rest(std::chrono::milliseconds patience) {
  if (!signal_)
    signal_ = signals_.wait(patience);
  return signal_ ? pace::stop : pace::go_on;
}

std::optional<int> console::interrupted() const noexcept {
  if (!signal_)
    return std::nullopt;
  return status_after(*signal_);
}

bool console::on_terminal() const noexcept {
  return is_terminal(output_);
}

terminal::color_use console::colors() const noexcept {
  return terminal::colors_of(color_, output_);
}

std::size_t console::columns() const noexcept {
  return terminal::columns_of(output_);
}

table_options console::table_look(branch_choice branches, fetch_memory memory) const {
  return {.columns = columns(),
          .colors = colors(),
          .branches = branches,
          .memory = memory,
          .now = std::chrono::system_clock::now()};
}

}  // namespace headway::tools
