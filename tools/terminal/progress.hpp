/// One line that says how far something is.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include <tools/terminal/screen.hpp>

namespace headway::terminal {

/// `live` writes over the line before; `lines` writes a new one now and then, for a log.
enum class progress_style : std::uint8_t { live, lines, silent };

/// Not thread-safe. Takes the time as an argument.
class progress {
 public:
  using time = std::chrono::steady_clock::time_point;

  /// `out` must outlive this object. `columns` is the width of a line.
  progress(std::ostream& out, progress_style style, std::size_t columns);
  /// Takes a live line away.
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Shows `text`, unless the one before came less than 0.1 s (live) or 5 s (lines) ago. A log
  /// hears nothing of what takes less than that.
  void show(std::string_view text, time now);
  /// Shows `text` in any case; other output may follow.
  void finish(std::string_view text);
  /// Takes a live line away, so that other output may follow.
  void clear();

 private:
  void write(std::string_view text);

  std::ostream& out_;
  progress_style style_;
  std::size_t columns_;
  std::optional<time> last_;
  std::string shown_;  ///< The live line that stands there, or the last line written.
};

/// "name 17/200"
std::string counted(std::string_view name, std::size_t done, std::size_t all);

}  // namespace headway::terminal
