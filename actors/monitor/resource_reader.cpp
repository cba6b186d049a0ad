#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

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

// Where version 1 has this process's cgroup of `controller`: its own folder first, then that of the
// whole, which is all that a container sees.
std::vector<std::filesystem::path> cgroups_v1(const std::string& root,
                                              std::string_view controller) {
  const std::filesystem::path top = root + "sys/fs/cgroup/" + std::string{controller};
  std::vector<std::filesystem::path> result;
  std::istringstream lines{content(root + "proc/self/cgroup").value_or("")};
  for (std::string line; std::getline(lines, line);) {
    // "5:cpu,cpuacct:/path".
    std::istringstream fields{line};
    std::string number, names, path;
    std::getline(fields, number, ':');
    std::getline(fields, names, ':');
    std::getline(fields, path);
    std::istringstream list{names};
    for (std::string name; std::getline(list, name, ',');)
      if (name == controller && path.size() > 1)
        result.push_back(top / path.substr(1));
  }
  result.push_back(top);
  return result;
}

disk_kind kind_of_disk(const std::string& root, const std::string& directory) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0)
    return disk_kind::unknown;
  const auto device = root + "sys/dev/block/" + std::to_string(major(info.st_dev)) + ":" +
                      std::to_string(minor(info.st_dev));
  // A partition has no queue of its own.
  for (const auto* queue : {"/queue/rotational", "/../queue/rotational"})
    if (const auto rotates = number_in(device + queue))
      return *rotates != 0 ? disk_kind::rotating : disk_kind::solid;
  return disk_kind::unknown;
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

// The same of version 1, when it bounds the memory.
std::optional<std::uint64_t> memory_in_use_v1(const std::string& root) {
  for (const auto& at : cgroups_v1(root, "memory")) {
    const auto limit = number_in((at / "memory.limit_in_bytes").string());
    const auto usage = number_in((at / "memory.usage_in_bytes").string());
    // "No limit" is the largest number of pages.
    if (!limit || !usage || *limit >= 1ull << 60)
      continue;
    const auto details = content((at / "memory.stat").string()).value_or("");
    const auto cache = keyed_number(details, "total_inactive_file").value_or(0) +
                       keyed_number(details, "total_active_file").value_or(0);
    return *usage - std::min(*usage, cache);
  }
  return std::nullopt;
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
  return value ? growth(resource, *value, now) : std::nullopt;
}

// Version 2 counts microseconds, version 1 nanoseconds; of the cgroup and those above it, the one
// that is denied most counts.
std::optional<double> resource_reader::throttling(std::chrono::steady_clock::time_point now) {
  std::optional<double> most;
  const auto consider = [&](const std::string& file, const char* name, std::uint64_t unit) {
    const auto text = content(file);
    const auto value = text ? keyed_number(*text, name) : std::nullopt;
    const auto share = value ? growth(file, *value / unit, now) : std::nullopt;
    if (share)
      most = std::max(most.value_or(0), *share);
  };
  for (const auto& at : cgroups(root_))
    consider((at / "cpu.stat").string(), "throttled_usec", 1);
  for (const auto& at : cgroups_v1(root_, "cpu"))
    consider((at / "cpu.stat").string(), "throttled_time", 1'000);
  return most;
}

std::optional<double> resource_reader::growth(const std::string& name, std::uint64_t microseconds,
                                              std::chrono::steady_clock::time_point now) {
  const auto before = std::exchange(totals_[name], {microseconds, now});
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::microseconds>(now - before.taken).count();
  if (before.taken == std::chrono::steady_clock::time_point{} || elapsed <= 0 ||
      microseconds < before.microseconds)
    return std::nullopt;
  return std::min(1.0, double(microseconds - before.microseconds) / double(elapsed));
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
    sample.memory_used =
        bound->cgroup.empty() ? memory_in_use_v1(root_) : memory_in_use(bound->cgroup);
  sample.cpu_throttled = throttling(now);
  struct statvfs disk {};
  if (!data_directory_.empty() && ::statvfs(data_directory_.c_str(), &disk) == 0) {
    sample.disk_free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    sample.disk_size = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    sample.disk = kind_of_disk(root_, data_directory_);
  }
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
