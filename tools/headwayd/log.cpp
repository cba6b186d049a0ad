#include <string>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <tools/headwayd/log.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

class printable_message final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const auto text = terminal::printable({message.payload.data(), message.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<printable_message>();
  }
};

spdlog::level::level_enum level_of(log_config::level_name name) noexcept {
  switch (name) {
    case log_config::level_name::trace:
      return spdlog::level::trace;
    case log_config::level_name::debug:
      return spdlog::level::debug;
    case log_config::level_name::info:
      return spdlog::level::info;
    case log_config::level_name::warn:
      return spdlog::level::warn;
    case log_config::level_name::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::unique_ptr<spdlog::formatter> line_format(log_surroundings surroundings) {
  auto format = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  format->add_flag<printable_message>('*');
  const std::string erase = surroundings == log_surroundings::with_progress_line ? "\r\x1b[K" : "";
  format->set_pattern(erase + "%Y-%m-%dT%H:%M:%S.%eZ %-7l %*");
  return format;
}

}  // namespace

std::shared_ptr<spdlog::logger> make_log(log_config config, log_surroundings surroundings) {
  auto log = std::make_shared<spdlog::logger>("headwayd",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_formatter(line_format(surroundings));
  log->flush_on(spdlog::level::trace);
  set_level(*log, config);
  return log;
}

void set_level(spdlog::logger& log, log_config config) {
  log.set_level(level_of(config.level));
}

}  // namespace headway::tools
