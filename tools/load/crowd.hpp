/// People who ask a node over HTTP, each on a connection of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tools/load/agenda.hpp>
#include <tools/load/ledger.hpp>

namespace headway::load {

/// What a progress line tells.
struct live_figures {
  std::uint64_t asked = 0;
  std::uint64_t failed = 0;
  std::uint64_t unanswered = 0;
  double p99_ms = 0;  ///< Of the last second or so.
};

/// `run` belongs to one thread; `live` and `stop` may be called from any.
class crowd {
 public:
  struct place {
    std::string address;
    std::uint16_t port = 0;
  };

  /// `plan` and `what` must outlive this object. `projects` are ids by number, `spares` paths that
  /// can be registered.
  crowd(const scenario& plan, const agenda& what, std::vector<std::string> projects,
        std::vector<std::string> spares, place node);
  ~crowd();
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  /// Asks until the run is over and everybody has an answer, or patience ends.
  void run(std::chrono::steady_clock::time_point begin);
  void stop();
  live_figures live() const;

  /// After `run` has returned.
  const ledger& results() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// The age of what a status document shows: since its first "last_fetch". Nothing when there is
/// none.
std::optional<std::chrono::milliseconds> age_in(std::string_view document,
                                                std::chrono::system_clock::time_point now);

}  // namespace headway::load
