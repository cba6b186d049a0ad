#include <ostream>

#include <benchmarks/measure/machine.hpp>
#include <benchmarks/sqlite_concurrency/sections.hpp>
#include <benchmarks/sqlite_concurrency/sqlite_concurrency.hpp>

#include <storage/db/store.hpp>

namespace headway::sqlite_concurrency {

namespace {

/// Answers whether all targets are met.
bool measure_all(const options& asked, std::ostream& out) {
  measure::report report{"sqlite_concurrency", out};
  report.state(measure::facts(measure::describe_machine(asked.directory)));
  report.state("sqlite", db::sqlite_version());
  report.state("rounds", std::to_string(asked.rounds) + " of " +
                             std::to_string(asked.each.count()) + " ms for each");
  const std::pair<const char*, void (*)(const options&, measure::report&)> all[] = {
      {"derived", measure_derived}, {"registry", measure_registry}, {"reads", measure_reads},
      {"pressed", measure_pressed}, {"matches", measure_matches},   {"start", measure_starts},
      {"upkeep", measure_upkeep},
  };
  for (const auto& [name, measure_section] : all)
    if (asked.wants(name))
      measure_section(asked, report);
  report.finish();
  if (!asked.json.empty())
    report.write_json(asked.json);
  return report.all_met();
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& errors) {
  const auto asked = parse(argc, argv);
  if (const auto* status = std::get_if<int>(&asked))
    return *status == 0 ? 0 : 2;
  try {
    return measure_all(std::get<options>(asked), out) ? 0 : 1;
  } catch (const std::exception& e) {
    errors << "sqlite_concurrency: " << e.what() << '\n';
    return 1;
  }
}

}  // namespace headway::sqlite_concurrency
