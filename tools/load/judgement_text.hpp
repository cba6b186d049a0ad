/// Judgements as a person writes them, such as "status p99 < 500 ms".
#pragma once

#include <string_view>

#include <caf/expected.hpp>

#include <tools/load/scenario.hpp>

namespace headway::load {

/// MEASURE COMPARISON LIMIT. Measures: "[KIND] p50|p95|p99|p99.9|max [change|added]", "errors",
/// "unanswered", "wrong answers", "lost acknowledgements", "late projects", "staleness p99",
/// "memory", "cpu", "pair hit rate", "pairs counted". Comparisons: < <= = >= >. Fails with
/// `ec::config` and a sentence that says what is allowed.
caf::expected<judgement> parse_judgement(std::string_view text);

/// The figure with the unit of its measure, such as "12.3 ms", "8.1 MiB", "0.4 %" or "17".
std::string format_figure(const measured& of, double value);

}  // namespace headway::load
