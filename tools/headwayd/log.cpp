#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <actors/gateway/json.hpp>
#include <actors/gateway/utf8.hpp>
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

/// The level as a syslog priority: "<6>".
class journal_priority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view mark = message.level >= spdlog::level::err    ? "<3>"
                                  : message.level == spdlog::level::warn ? "<4>"
                                  : message.level == spdlog::level::info ? "<6>"
                                                                         : "<7>";
    out.append(mark.data(), mark.data() + mark.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<journal_priority>();
  }
};

std::unique_ptr<spdlog::formatter> text_format(log_surroundings surroundings) {
  auto format = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  format->add_flag<printable_message>('*').add_flag<journal_priority>('J');
  if (surroundings == log_surroundings::journal) {
    format->set_pattern("%J%*");
    return format;
  }
  const std::string erase = surroundings == log_surroundings::with_progress_line ? "\r\x1b[K" : "";
  format->set_pattern(erase + "%Y-%m-%dT%H:%M:%S.%eZ %-7l %*");
  return format;
}

/// (A pattern such as {"message":"%v"} would not escape what it holds.)
class json_format final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto level = spdlog::level::to_string_view(message.level);
    const auto utf8 = [](const spdlog::string_view_t& text) {
      return gateway::to_valid_utf8({text.data(), text.size()});
    };
    boost::json::object line;
    line["time"] = rfc3339(std::chrono::time_point_cast<wall_time::duration>(message.time));
    line["level"] = std::string_view{level.data(), level.size()};
    line["part"] = utf8(message.logger_name);
    line["message"] = utf8(message.payload);
    const auto text = boost::json::serialize(line) + "\n";
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_format>();
  }
};

/// The level that `config` names for a part.
std::optional<spdlog::level::level_enum> level_named_for(const std::string& part,
                                                         const log_config& config) {
  for (const auto& each : config.parts)
    if (each.starts_with(part) && each.size() > part.size() && each[part.size()] == '=') {
      const auto name = each.substr(part.size() + 1);
      return name == "error" ? spdlog::level::err : spdlog::level::from_str(name);
    }
  return std::nullopt;
}

}  // namespace

bool is_journal(const environment& variables) {
  struct stat facts {};
  const auto stream = variables("JOURNAL_STREAM");
  return stream && ::fstat(STDERR_FILENO, &facts) == 0 &&
         *stream == std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
}

std::shared_ptr<spdlog::logger> make_log(const log_config& config, log_surroundings surroundings) {
  auto log = std::make_shared<spdlog::logger>("headwayd",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (config.format == log_config::line_format::json)
    log->set_formatter(std::make_unique<json_format>());
  else
    log->set_formatter(text_format(surroundings));
  log->flush_on(spdlog::level::trace);
  log->set_level(level_of(config.level));
  return log;
}

std::vector<std::string> set_levels(const part_logs& logs, const log_config& config) {
  for (const auto& log : logs)
    log->set_level(level_named_for(log->name(), config).value_or(level_of(config.level)));
  std::vector<std::string> unknown;
  for (const auto& each : config.parts) {
    auto part = each.substr(0, each.find('='));
    if (std::ranges::none_of(logs, [&](const auto& log) { return log->name() == part; }))
      unknown.push_back(std::move(part));
  }
  return unknown;
}

}  // namespace headway::tools
