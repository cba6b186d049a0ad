#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include <actors/repo/mount_table.hpp>

namespace headway {

namespace {

/// Spaces and the like are written as a backslash and three octal digits.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(&text[i + 1], &text[i + 4], code, 8).ptr == &text[i + 4]) {
      result.push_back(static_cast<char>(code));
      i += 3;
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

/// "8:17"
std::optional<disk_id> device_from(const std::string& text) {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  const auto* end = text.data() + text.size();
  const auto [colon, wrong] = std::from_chars(text.data(), end, major);
  if (wrong != std::errc{} || colon == end || *colon != ':')
    return std::nullopt;
  const auto [rest, also_wrong] = std::from_chars(colon + 1, end, minor);
  if (also_wrong != std::errc{} || rest != end)
    return std::nullopt;
  return disk_id{major} << 32 | minor;
}

}  // namespace

mount_table::mount_table(std::string_view mountinfo) {
  std::istringstream lines{std::string{mountinfo}};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string id, parent, device, root, point;
    if (!(words >> id >> parent >> device >> root >> point) || !point.starts_with('/'))
      continue;
    const auto disk = device_from(device);
    if (!disk)
      continue;
    point = unescaped(point);
    // What is mounted later at the same place hides what was there.
    mounts_.insert_or_assign(point == "/" ? std::string{} : point, *disk);
  }
}

mount_table mount_table::of_this_process() {
  std::ifstream file{"/proc/self/mountinfo"};
  std::ostringstream content;
  content << file.rdbuf();
  return mount_table{content.str()};
}

disk_id mount_table::disk_of(std::string_view path) const {
  for (;;) {
    if (const auto found = mounts_.find(path); found != mounts_.end())
      return found->second;
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos)
      return 0;
    path = path.substr(0, slash);
  }
}

const mount_table& recent_mounts::at(std::chrono::steady_clock::time_point now) {
  constexpr auto age = std::chrono::seconds{1};
  if (!read_at_ || now >= *read_at_ + age) {
    table_ = read_();
    read_at_ = now;
  }
  return table_;
}

}  // namespace headway
