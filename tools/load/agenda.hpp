/// What happens when in a run, decided before it begins: the same scenario and seed give the same
/// agenda on every machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <benchmarks/history/dice.hpp>

#include <tools/load/scenario.hpp>

namespace headway::load {

using history::dice;
using std::chrono::microseconds;

/// Chooses 0 to `size` - 1, the first most often: the weight of rank k is 1 / (k + 1)^exponent.
class zipf {
 public:
  /// REQUIRES: `size` > 0.
  zipf(std::size_t size, double exponent);
  std::size_t draw(dice& random) const;

 private:
  std::vector<double> cumulative_;
};

struct planned_request {
  microseconds at{0};  ///< Since the beginning of the run; closed arrival: think time before it.
  std::uint32_t user = 0;
  request_kind kind = request_kind::status;
  std::uint32_t project = 0;  ///< By number, of those registered from the beginning.
};

struct planned_change {
  microseconds at{0};
  change_kind kind = change_kind::push;
  std::uint32_t project = 0;
  std::uint32_t branches = 1;
  std::uint32_t commits = 1;
  std::uint64_t seed = 0;  ///< Of the choice of branches.
};

enum class event_phase : std::uint8_t { begin, end };

struct planned_event {
  microseconds at{0};
  std::uint32_t number = 0;  ///< In `scenario::events`.
  event_phase phase = event_phase::begin;
};

struct agenda {
  std::vector<planned_request> requests;  ///< By time; empty with closed arrival.
  std::vector<planned_change> changes;    ///< By time.
  std::vector<planned_event> events;      ///< By time.
};

agenda make_agenda(const scenario& plan);

/// What one user of closed arrival asks, one request after the other.
class user_habits {
 public:
  /// `plan` must outlive this object.
  user_habits(const scenario& plan, std::uint32_t user);
  planned_request next();

 private:
  const scenario& plan_;
  std::uint32_t user_;
  dice dice_;
  zipf hot_;
  std::vector<std::uint32_t> order_;
};

/// A number that tells two agendas apart, for reports: 16 hexadecimal digits.
std::string fingerprint(const scenario& plan);

}  // namespace headway::load
