#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>

#include <boost/json.hpp>
#include <unistd.h>

#include <tools/load/node_watch.hpp>

namespace headway::load {

namespace {

double ticks_per_second() {
  return static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::uint64_t value_in(const std::string& file, std::string_view key) {
  std::ifstream stream{file};
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with(key))
      return std::strtoull(line.c_str() + key.size(), nullptr, 10);
  return 0;
}

std::uint64_t entries_in(const std::string& folder) {
  std::error_code gone;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator at{folder, gone}, end; !gone && at != end;
       at.increment(gone))
    ++count;
  return count;
}

double number_in(const boost::json::object& from, std::string_view key) {
  const auto* found = from.if_contains(key);
  return found && found->is_number() ? found->to_number<double>() : 0;
}

void read_stage(const boost::json::object& from, std::string_view key, stage_figures& to) {
  const auto* found = from.if_contains(key);
  if (!found || !found->is_object())
    return;
  const auto& stage = found->as_object();
  to = {number_in(stage, "waiting"), number_in(stage, "running"), number_in(stage, "limit"), {}};
  if (const auto* by = stage.if_contains("limited_by"); by && by->is_string())
    to.limited_by = by->as_string();
}

}  // namespace

std::optional<process_costs> costs_of(pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid) + "/";
  std::ifstream stat{folder + "stat"};
  std::string text;
  if (!std::getline(stat, text))
    return std::nullopt;
  // Behind the name, which may hold anything.
  std::istringstream fields{text.substr(text.rfind(')') + 2)};
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    fields >> skipped;
  double ticks = 0;
  for (int i = 0; i < 4; ++i) {
    double part = 0;
    fields >> part;
    ticks += part;
  }
  return process_costs{ticks / ticks_per_second(), value_in(folder + "status", "VmRSS:") * 1024,
                       value_in(folder + "io", "read_bytes:"),
                       value_in(folder + "io", "write_bytes:"), entries_in(folder + "fd")};
}

machine_costs costs_of_machine() {
  std::ifstream stat{"/proc/stat"};
  std::string name;
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 0;
  double wait = 0;
  double interrupt = 0;
  double soft = 0;
  stat >> name >> user >> nice >> system >> idle >> wait >> interrupt >> soft;
  return {(user + nice + system + interrupt + soft) / ticks_per_second(),
          wait / ticks_per_second()};
}

void read_scheduler(std::string_view json, node_sample& to) {
  boost::system::error_code error;
  const auto document = boost::json::parse(json, error);
  if (error || !document.is_object())
    return;
  read_stage(document.as_object(), "probes", to.probes);
  read_stage(document.as_object(), "transfers", to.transfers);
}

metric_values parse_metrics(std::string_view text) {
  metric_values result;
  std::istringstream lines{std::string{text}};
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    if (line.starts_with('#') || space == std::string::npos)
      continue;
    result[line.substr(0, space)] = std::strtod(line.c_str() + space + 1, nullptr);
  }
  return result;
}

part_time difference(const metric_values& before, const metric_values& after,
                     const std::string& histogram, const std::string& label,
                     const std::string& value) {
  const auto grown = [&](const std::string& key) {
    const auto now = after.find(key);
    const auto then = before.find(key);
    return (now == after.end() ? 0 : now->second) - (then == before.end() ? 0 : then->second);
  };
  const auto labels = "{" + label + "=\"" + value + "\"";
  part_time result;
  result.name = value;
  result.count = grown(histogram + "_count" + labels + "}");
  if (result.count <= 0)
    return result;
  result.mean_ms = 1e3 * grown(histogram + "_sum" + labels + "}") / result.count;
  std::vector<std::pair<double, double>> buckets;
  const auto prefix = histogram + "_bucket" + labels + ",le=\"";
  for (auto at = after.lower_bound(prefix); at != after.end() && at->first.starts_with(prefix);
       ++at) {
    const auto edge = at->first.substr(prefix.size());
    buckets.emplace_back(edge.starts_with("+Inf") ? std::numeric_limits<double>::infinity()
                                                  : std::strtod(edge.c_str(), nullptr),
                         grown(at->first));
  }
  std::ranges::sort(buckets);
  const auto edge_of = [&](double percent) {
    for (const auto& [edge, count] : buckets)
      if (count >= percent / 100 * result.count)
        return 1e3 * edge;
    return 0.0;
  };
  result.p50_ms = edge_of(50);
  result.p95_ms = edge_of(95);
  result.p99_ms = edge_of(99);
  return result;
}

node_sample node_watch::take(microseconds at, pid_t pid) {
  node_sample result;
  result.at = at;
  const auto seconds = std::max(1e-3, static_cast<double>((at - last_at_).count()) / 1e6);
  const auto machine = costs_of_machine();
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  const bool first = last_at_.count() == 0;
  if (!first) {
    result.machine_percent = 100 * (machine.busy_seconds - machine_.busy_seconds) / seconds / cores;
    result.wait_percent = 100 * (machine.wait_seconds - machine_.wait_seconds) / seconds / cores;
  }
  if (const auto now = pid > 0 ? costs_of(pid) : std::nullopt) {
    result.up = true;
    result.resident_bytes = static_cast<double>(now->resident_bytes);
    result.descriptors = static_cast<double>(now->descriptors);
    if (!first && pid == last_pid_) {
      result.cpu_percent = 100 * (now->cpu_seconds - last_.cpu_seconds) / seconds;
      result.read_rate = static_cast<double>(now->read_bytes - last_.read_bytes) / seconds;
      result.write_rate = static_cast<double>(now->written_bytes - last_.written_bytes) / seconds;
    }
    last_ = *now;
  }
  machine_ = machine;
  last_at_ = at;
  last_pid_ = pid;
  return result;
}

}  // namespace headway::load
