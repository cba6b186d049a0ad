#include <cstdarg>
#include <cstdio>

#include <boost/json.hpp>

#include <tools/headway/plan.hpp>

namespace headway::tools {

namespace {

__attribute__((format(printf, 1, 2))) std::string printed(const char* form, ...) {
  char text[200];
  std::va_list arguments;
  va_start(arguments, form);
  std::vsnprintf(text, sizeof text, form, arguments);
  va_end(arguments);
  return text;
}

std::string time_text(double seconds) {
  if (seconds < 120)
    return printed(seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  const auto minutes = seconds / 60;
  return minutes < 120 ? printed("%.0f min", minutes) : printed("%.1f h", minutes / 60);
}

std::string size_text(double bytes) {
  constexpr double step = 1024;
  const char* unit = "KiB";
  bytes /= step;
  for (const auto* larger : {"MiB", "GiB", "TiB"}) {
    if (bytes < step)
      break;
    bytes /= step;
    unit = larger;
  }
  return printed(bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, unit);
}

}  // namespace

std::string plan_text(const fleet& what, const forecast& expected) {
  constexpr double month = 30 * 86'400.0;
  std::string text = printed("%.0f projects, %.0f hosts: each remote is looked at every ",
                             what.projects, what.hosts) +
                     time_text(expected.interval) + ", bound by " + expected.bound_by + "\n";
  text += "  staleness  " + time_text(expected.mean_age) + " on average, p99 " +
          time_text(expected.p99_age) + "\n";
  text += printed("  looks      %.3g a second, %.2g at once; %.2g fetches a second\n",
                  expected.looks, expected.looks_at_once, expected.fetches);
  text += printed(
      "  CPU        %.1f %% of a core: looks %.1f, fetches %.1f, answers %.1f, idling %.1f\n",
      100 * expected.cpu(), 100 * expected.look_cpu, 100 * expected.fetch_cpu,
      100 * expected.request_cpu, 100 * expected.idle_cpu);
  text += "  network    " + size_text(expected.bytes) + " a second, " +
          size_text(month * expected.bytes) + " a month\n";
  text += "  memory     " + size_text(expected.memory()) + ": graphs " +
          size_text(expected.graph_memory) + ", projects " + size_text(expected.project_memory) +
          ", the rest " + size_text(expected.base_memory) + "\n";
  return text;
}

std::string plan_json(const forecast& expected) {
  return boost::json::serialize(
             boost::json::object{{"interval_s", expected.interval},
                                 {"bound_by", expected.bound_by},
                                 {"mean_age_s", expected.mean_age},
                                 {"p99_age_s", expected.p99_age},
                                 {"looks_per_s", expected.looks},
                                 {"looks_at_once", expected.looks_at_once},
                                 {"fetches_per_s", expected.fetches},
                                 {"cpu_cores", expected.cpu()},
                                 {"look_cpu_cores", expected.look_cpu},
                                 {"fetch_cpu_cores", expected.fetch_cpu},
                                 {"request_cpu_cores", expected.request_cpu},
                                 {"idle_cpu_cores", expected.idle_cpu},
                                 {"bytes_per_s", expected.bytes},
                                 {"memory_bytes", expected.memory()},
                                 {"graph_memory_bytes", expected.graph_memory},
                                 {"project_memory_bytes", expected.project_memory}}) +
         "\n";
}

int run_plan(const plan_command& command, console& out) {
  const auto expected = foresee(command.what, command.settings, measured_costs());
  return out.print(command.form == wire_form::json ? plan_json(expected)
                                                   : plan_text(command.what, expected));
}

}  // namespace headway::tools
