/// The log of `headwayd`: lines on standard error.
#pragma once

#include <cstdint>
#include <memory>

#include <spdlog/logger.h>

#include <config/engine_config.hpp>

namespace headway::tools {

/// Whether a progress line may stand where the next log line goes.
enum class log_surroundings : std::uint8_t { alone, with_progress_line };

/// "2026-11-24T07:00:00.123Z info  MESSAGE". Messages are made printable: what a remote or a branch
/// name says cannot forge a line. Any thread may use it.
std::shared_ptr<spdlog::logger> make_log(log_config config, log_surroundings surroundings);

void set_level(spdlog::logger& log, log_config config);

}  // namespace headway::tools
