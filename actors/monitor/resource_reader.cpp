#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <sched.h>
#include <sys/statvfs.h>

#include <actors/monitor/resource_reader.hpp>

namespace headway {

namespace {

std::optional<std::string> content(const std::string& file) {
  std::ifstream stream{file};
  if (!stream)
    return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::optional<std::uint64_t> number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{})
    return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_in(const std::string& file) {
  const auto text = content(file);
  return text ? number(*text) : std::nullopt;
}

// "MemTotal:       24000000 kB" in /proc/meminfo.
std::optional<std::uint64_t> meminfo(const std::string& root, std::string_view name) {
  const auto text = content(root + "proc/meminfo");
  if (!text)
    return std::nullopt;
  auto at = text->find(name);
  if (at == std::string::npos)
    return std::nullopt;
  at = text->find_first_of("0123456789", at);
  if (at == std::string::npos)
    return std::nullopt;
  const auto kilobytes = number(std::string_view{*text}.substr(at));
  return kilobytes ? std::optional{*kilobytes * 1024} : std::nullopt;
}

// Directory of this process's cgroup; version 2 only, whose single line starts with "0::".
std::string cgroup(const std::string& root) {
  const auto text = content(root + "proc/self/cgroup");
  if (!text || !text->starts_with("0::"))
    return root + "sys/fs/cgroup";
  const auto path = text->substr(3, text->find('\n') - 3);
  return root + "sys/fs/cgroup" + (path == "/" ? "" : path);
}

// This process's cgroup and those above it, up to the root of the hierarchy.
std::vector<std::filesystem::path> cgroups(const std::string& root) {
  std::vector<std::filesystem::path> result;
  const std::filesystem::path top = root + "sys/fs/cgroup";
  for (std::filesystem::path at = cgroup(root);; at = at.parent_path()) {
    result.push_back(at);
    if (at == top || !at.has_relative_path())
      return result;
  }
}

struct memory_bound {
  std::uint64_t limit = 0;
  std::filesystem::path cgroup;  ///< That sets it; empty for version 1.
};

std::optional<memory_bound> tightest_memory_bound(const std::string& root) {
  std::optional<memory_bound> least;
  for (const auto& at : cgroups(root))
    if (const auto limit = number_in((at / "memory.max").string());
        limit && (!least || *limit < least->limit))
      least = memory_bound{*limit, at};
  if (least)
    return least;
  if (const auto limit = number_in(root + "sys/fs/cgroup/memory/memory.limit_in_bytes"))
    return memory_bound{*limit, {}};
  return std::nullopt;
}

// The line "NAME VALUE" of a flat keyed file such as memory.stat.
std::optional<std::uint64_t> keyed_number(const std::string& text, const std::string& name) {
  const auto at = ("\n" + text).find("\n" + name + " ");
  return at == std::string::npos ? std::nullopt
                                 : number(std::string_view{text}.substr(at + name.size() + 1));
}

// What the kernel could not take back: page cache is counted in memory.current and fills any limit.
std::optional<std::uint64_t> memory_in_use(const std::filesystem::path& cgroup) {
  const auto current = number_in((cgroup / "memory.current").string());
  const auto details = content((cgroup / "memory.stat").string());
  if (!current || !details)
    return current;
  const auto cache = keyed_number(*details, "inactive_file").value_or(0) +
                     keyed_number(*details, "active_file").value_or(0);
  return *current - std::min(*current, cache);
}

}  // namespace

std::optional<std::uint64_t> pressure_total(std::string_view text, std::string_view kind) noexcept {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(kind))
      continue;
    const auto at = line.find("total=");
    return at == std::string_view::npos ? std::nullopt : number(line.substr(at + 6));
  }
  return std::nullopt;
}

resource_reader::resource_reader(std::string root, std::string data_directory)
    : root_(std::move(root)), data_directory_(std::move(data_directory)) {}

std::optional<double> resource_reader::pressure(const std::string& resource, std::string_view kind,
                                                std::chrono::steady_clock::time_point now) {
  const auto text = content(root_ + "proc/pressure/" + resource);
  const auto value = text ? pressure_total(*text, kind) : std::nullopt;
  if (!value)
    return std::nullopt;
  const auto before = std::exchange(totals_[resource], {*value, now});
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::microseconds>(now - before.taken).count();
  if (before.taken == std::chrono::steady_clock::time_point{} || elapsed <= 0 ||
      *value < before.microseconds)
    return std::nullopt;
  return std::min(1.0, double(*value - before.microseconds) / double(elapsed));
}

resource_sample resource_reader::read(std::chrono::steady_clock::time_point now) {
  resource_sample sample;
  sample.taken = now;
  sample.cores = usable_cores(root_);
  sample.cpu_pressure = pressure("cpu", "some", now);
  sample.io_pressure = pressure("io", "full", now);
  sample.memory_pressure = pressure("memory", "full", now);
  sample.memory_limit = usable_memory(root_);
  const auto installed = meminfo(root_, "MemTotal:");
  const auto available = meminfo(root_, "MemAvailable:");
  if (installed && available && *installed >= *available)
    sample.memory_used = *installed - *available;
  if (const auto bound = tightest_memory_bound(root_);
      bound && (!installed || bound->limit < *installed))
    sample.memory_used = memory_in_use(bound->cgroup);
  struct statvfs disk {};
  if (!data_directory_.empty() && ::statvfs(data_directory_.c_str(), &disk) == 0)
    sample.disk_free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  return sample;
}

unsigned usable_cores(const std::string& root) {
  cpu_set_t set;
  CPU_ZERO(&set);
  unsigned cores = 1;
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    cores = std::max(1, CPU_COUNT(&set));
  // "max 100000" or "150000 100000": quota and period in microseconds.
  for (const auto& at : cgroups(root)) {
    std::istringstream fields{content((at / "cpu.max").string()).value_or("")};
    std::string quota;
    double period = 0;
    fields >> quota >> period;
    if (const auto allowed = number(quota); allowed && period > 0)
      cores = std::min(cores, unsigned(std::max(1.0, std::ceil(double(*allowed) / period))));
  }
  return cores;
}

std::uint64_t usable_memory(const std::string& root) {
  const auto machine = meminfo(root, "MemTotal:").value_or(1ull << 30);
  const auto bound = tightest_memory_bound(root);
  return bound ? std::min(machine, bound->limit) : machine;
}

}  // namespace headway
