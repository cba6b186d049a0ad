/// One function a section of the report.
#pragma once

#include <benchmarks/measure/report.hpp>
#include <benchmarks/sqlite_concurrency/options.hpp>

namespace headway::sqlite_concurrency {

void measure_derived(const options& asked, measure::report& report);
void measure_registry(const options& asked, measure::report& report);
void measure_reads(const options& asked, measure::report& report);
void measure_pressed(const options& asked, measure::report& report);
void measure_matches(const options& asked, measure::report& report);
void measure_starts(const options& asked, measure::report& report);
void measure_upkeep(const options& asked, measure::report& report);

}  // namespace headway::sqlite_concurrency
