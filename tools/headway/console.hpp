/// What every command of `headway` has: where it prints, how it shows progress, how it is
/// interrupted.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <tools/client/node.hpp>
#include <tools/process/signals.hpp>
#include <tools/report/attention.hpp>
#include <tools/report/status_table.hpp>
#include <tools/survey/survey.hpp>
#include <tools/terminal/meter.hpp>
#include <tools/terminal/progress.hpp>
#include <tools/terminal/screen.hpp>

namespace headway::tools {

/// Belongs to the main thread.
class console {
 public:
  /// REQUIRES: `signals` outlives this object.
  console(terminal::color_mode color, const signal_inbox& signals, node_access access = {});

  /// Results, to standard output. Answers `exit_error` when they cannot be written, else 0.
  int print(const std::string& text);
  /// Below the results, to standard error.
  void complain(const std::vector<trouble>& troubles);
  void note(const std::string& line);
  /// Complains of `error`; answers `exit_error`.
  int fail(const caf::error& error);

  /// Shows progress on standard error and looks for signals. What takes less than a second is not
  /// worth a line.
  survey_watch watch();
  void show(const std::string& what);
  void end_progress();

  /// The node at `url`, its calls interrupted by signals.
  caf::expected<node> connect(const std::string& url);

  /// Waits for a signal; answers whether to go on after `patience`.
  pace rest(std::chrono::milliseconds patience);
  /// The exit status after a signal that ended the work.
  std::optional<int> interrupted() const noexcept;
  const signal_inbox& signals() const noexcept { return signals_; }

  bool on_terminal() const noexcept;
  terminal::color_use colors() const noexcept;
  std::size_t columns() const noexcept;
  table_options table_look(branch_choice branches, fetch_memory memory) const;

 private:
  terminal::color_mode color_;
  const signal_inbox& signals_;
  terminal::screen_facts output_;
  terminal::progress progress_;
  terminal::meter meter_;
  std::optional<std::chrono::steady_clock::time_point> working_since_;
  node_access access_;
  std::optional<int> signal_;
};

}  // namespace headway::tools
