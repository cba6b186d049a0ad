#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include <unistd.h>

#include <storage/db/aside.hpp>
#include <storage/db/failure.hpp>

namespace headway::db {

namespace {

namespace fs = std::filesystem;

std::string stamp(wall_time now) {
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  return {text.data(), size};
}

std::string free_name(const std::string& base) {
  auto name = base;
  std::error_code ignored;
  for (int n = 2; fs::exists(name, ignored); ++n)
    name = base + "." + std::to_string(n);
  return name;
}

/// Not every file system has hard links.
caf::error link_or_copy(const std::string& from, const std::string& to) {
  std::error_code code;
  fs::create_hard_link(from, to, code);
  if (code)
    fs::copy_file(from, to, code);
  return code ? system_failure("set aside", from, code.value()) : caf::error{};
}

}  // namespace

caf::expected<std::string> set_aside(const std::string& file, std::string_view why, wall_time now) {
  const auto target = free_name(file + "." + std::string{why} + "-" + stamp(now));
  if (auto error = link_or_copy(file, target))
    return error;
  const auto log = file + "-wal";
  if (std::rename(log.c_str(), (target + "-wal").c_str()) != 0 && errno != ENOENT)
    return system_failure("set aside", log, errno);
  if (auto error = remove_leftovers(file))
    return error;
  return target;
}

caf::error remove_leftovers(const std::string& file) {
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    const auto leftover = file + suffix;
    if (::unlink(leftover.c_str()) != 0 && errno != ENOENT)
      return system_failure("remove", leftover, errno);
  }
  return {};
}

}  // namespace headway::db
