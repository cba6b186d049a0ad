/// The log of `headwayd`: lines on standard error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include <config/engine_config.hpp>
#include <tools/process/directories.hpp>

namespace headway::tools {

/// What stands where the next log line goes, or reads it.
enum class log_surroundings : std::uint8_t {
  alone,
  with_progress_line,
  journal,  ///< It has the time already, and takes priorities as "<6>" (sd-daemon(3)).
};

/// Whether standard error is the journal's: $JOURNAL_STREAM names it.
bool is_journal(const environment& variables);

/// Text: "2026-11-24T07:00:00.123Z info  MESSAGE", or "<6>MESSAGE" in the journal; messages are
/// made printable: what a remote or a branch name says cannot forge a line. JSON:
/// `{"time","level","part","message"}`, a line each. Any thread may use it.
std::shared_ptr<spdlog::logger> make_log(const log_config& config, log_surroundings surroundings);

using part_logs = std::vector<std::shared_ptr<spdlog::logger>>;

/// Gives each log the level of its part, or else the common one. Answers the names in
/// `config.parts` that no log has.
std::vector<std::string> set_levels(const part_logs& logs, const log_config& config);

}  // namespace headway::tools
