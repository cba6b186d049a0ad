/// What was asked and how long it took: every request, not a summary, so that any part of a run can
/// be judged afterwards.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tools/load/scenario.hpp>

namespace headway::load {

using std::chrono::microseconds;

enum class outcome : std::uint8_t {
  answered,
  refused,     ///< 4xx: what was asked for is not there, or not any more.
  failed,      ///< 5xx, or an answer that makes no sense.
  unanswered,  ///< No connection, or none that lived long enough.
};

struct sample {
  microseconds at{0};       ///< When it was meant to begin, since the beginning of the run.
  microseconds latency{0};  ///< From then on, so that waiting for a busy user counts.
  request_kind kind = request_kind::status;
  outcome how = outcome::answered;
};

/// How old what a user saw was.
struct age_sample {
  microseconds at{0};
  std::chrono::milliseconds age{0};
  std::uint32_t project = 0;
};

/// Not thread-safe.
struct ledger {
  std::vector<sample> samples;
  std::vector<age_sample> ages;
  std::set<std::string> added;    ///< Ids whose registration was acknowledged; not removed since.
  std::set<std::string> removed;  ///< Paths whose removal was acknowledged; not added again since.
};

/// From `begin` until `end`.
struct span {
  microseconds begin{0};
  microseconds end{microseconds::max()};
  bool holds(microseconds at) const { return at >= begin && at < end; }
};

/// Latencies in milliseconds of answered requests of a kind (nothing: all) that `wanted` accepts,
/// in ascending order.
std::vector<double> latencies(const std::vector<sample>& samples, std::optional<request_kind> kind,
                              const std::function<bool(microseconds at)>& wanted);

/// The smallest of `ascending` that `percent` of them do not exceed; nothing when it is empty.
std::optional<double> percentile(const std::vector<double>& ascending, double percent);

std::size_t count_of(const std::vector<sample>& samples, outcome how,
                     const std::function<bool(microseconds at)>& wanted);

}  // namespace headway::load
