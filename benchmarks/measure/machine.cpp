#include <charconv>
#include <fstream>
#include <sstream>

#include <benchmarks/measure/machine.hpp>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace headway::measure {

namespace {

constexpr decltype(std::declval<struct statfs>().f_type) tmpfs = 0x01021994;

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream{file};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The rest of the first line that begins with `name`, from its colon on.
std::string_view value_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto colon = line.find(':');
    if (!line.starts_with(name) || colon == line.npos)
      continue;
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    return begin == line.npos ? std::string_view{} : line.substr(begin);
  }
  return {};
}

std::string disk_of(const std::filesystem::path& where) {
  struct statfs system {};
  if (::statfs(where.c_str(), &system) == 0 && system.f_type == tmpfs)
    return "memory";
  struct stat file {};
  if (::stat(where.c_str(), &file) != 0)
    return "unknown";
  const auto device =
      std::filesystem::path{"/sys/dev/block"} /
      (std::to_string(major(file.st_dev)) + ":" + std::to_string(minor(file.st_dev)));
  for (const auto* queue : {"queue/rotational", "../queue/rotational"})
    if (const auto said = content_of(device / queue); !said.empty())
      return said.starts_with('1') ? "rotating" : "solid state";
  return "unknown";
}

}  // namespace

std::string processor_in(std::string_view cpuinfo) {
  const auto name = value_of(cpuinfo, "model name");
  return name.empty() ? "unknown" : std::string{name};
}

std::uint64_t memory_in(std::string_view meminfo) {
  const auto words = value_of(meminfo, "MemTotal");
  std::uint64_t kibibytes = 0;
  std::from_chars(words.data(), words.data() + words.size(), kibibytes);
  return kibibytes * 1024;
}

machine describe_machine(const std::filesystem::path& where) {
  utsname system{};
  ::uname(&system);
  return {.processor = processor_in(content_of("/proc/cpuinfo")),
          .cores = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN)),
          .memory_bytes = memory_in(content_of("/proc/meminfo")),
          .kernel = std::string{system.sysname} + " " + system.release,
          .disk = disk_of(where)};
}

std::vector<std::pair<std::string, std::string>> facts(const machine& x) {
  return {{"processor", x.processor},
          {"cores", std::to_string(x.cores)},
          {"memory", std::to_string(x.memory_bytes >> 20) + " MiB"},
          {"kernel", x.kernel},
          {"disk", x.disk}};
}

}  // namespace headway::measure
