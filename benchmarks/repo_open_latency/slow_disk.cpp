#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <benchmarks/repo_open_latency/slow_disk.hpp>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace headway::repo_open_latency {

namespace {

namespace fs = std::filesystem;

bool write_to(const fs::path& file, const std::string& text) {
  std::ofstream out{file};
  out << text << std::flush;
  return out.good();
}

/// "254:0" of the whole disk: partitions cannot be throttled.
std::string device_of(const fs::path& where) {
  struct stat found {};
  if (::stat(where.c_str(), &found) != 0)
    return {};
  const auto number =
      std::to_string(major(found.st_dev)) + ":" + std::to_string(minor(found.st_dev));
  std::error_code code;
  const auto device = fs::canonical("/sys/dev/block/" + number, code);
  if (code)
    return {};
  std::string whole = number;
  if (fs::exists(device / "partition", code))
    std::ifstream{device.parent_path() / "dev"} >> whole;
  return whole;
}

/// Where control groups of a kind are mounted; empty when they are not.
fs::path mount_of(const std::string& type, const std::string& option) {
  std::ifstream mounts{"/proc/self/mounts"};
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words{line};
    std::string source, point, kind, options;
    words >> source >> point >> kind >> options;
    if (kind == type &&
        (option.empty() || ("," + options + ",").find("," + option + ",") != std::string::npos))
      return point;
  }
  return {};
}

/// The group of this process: the line of /proc/self/cgroup with this controller.
std::string group_of(const std::string& controller) {
  std::ifstream groups{"/proc/self/cgroup"};
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second != std::string::npos && line.substr(first + 1, second - first - 1) == controller)
      return line.substr(second + 2);  // Without the slash.
  }
  return {};
}

struct throttle {
  std::string type;        ///< Of the mount.
  std::string controller;  ///< Empty in the second version.
  std::string file;
  std::string before;  ///< The number of reads a second.
};

}  // namespace

slow_disk::slow_disk(fs::path home, fs::path group, std::string how)
    : home_(std::move(home)), group_(std::move(group)), how_(std::move(how)) {}

slow_disk::~slow_disk() {
  ::rmdir(group_.c_str());
}

std::unique_ptr<slow_disk> slow_disk::of(const fs::path& where, unsigned reads_a_second,
                                         std::string& why_not) {
  const auto device = device_of(where);
  if (device.empty()) {
    why_not = "its device cannot be told";
    return nullptr;
  }
  why_not = "no control group that throttles is mounted";
  for (const auto& [type, controller, file, before] :
       {throttle{"cgroup2", "", "io.max", "riops="},
        throttle{"cgroup", "blkio", "blkio.throttle.read_iops_device", ""}}) {
    const auto mount = mount_of(type, controller);
    if (mount.empty())
      continue;
    const auto home = mount / group_of(controller);
    const auto group = home / ("headway-slow-disk-" + std::to_string(::getpid()));
    std::error_code code;
    if (!fs::create_directory(group, code)) {
      why_not = "no control group can be made in " + home.string();
      continue;
    }
    std::unique_ptr<slow_disk> made{new slow_disk{home, group, file}};
    if (write_to(group / file, device + " " + before + std::to_string(reads_a_second)))
      return made;
    why_not = file + " cannot be set in " + group.string();
  }
  return nullptr;
}

slow_disk::turning::turning(const slow_disk* disk) : disk_(disk) {
  if (disk_ != nullptr && !write_to(disk_->group_ / "cgroup.procs", std::to_string(::getpid())))
    throw std::runtime_error("cannot enter the control group " + disk_->group_.string());
}

slow_disk::turning::~turning() {
  if (disk_ != nullptr)
    write_to(disk_->home_ / "cgroup.procs", std::to_string(::getpid()));
}

}  // namespace headway::repo_open_latency
