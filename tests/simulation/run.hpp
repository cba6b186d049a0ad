/// One seed from beginning to end: some minutes in which things go wrong, then peace, in which
/// everything has to come right.
#pragma once

#include <cstdint>
#include <string>

#include <tests/simulation/journal.hpp>

namespace headway::simulation {

struct outcome {
  std::string complaint;  ///< Empty: nothing was wrong.
  std::uint64_t messages = 0;
  std::uint64_t documents = 0;
  std::uint64_t probes = 0;
  std::uint64_t fetches = 0;
  std::uint64_t questions = 0;
  std::uint64_t lives = 0;
  milliseconds simulated{};
  std::uint64_t fingerprint = 0;  ///< Equal for equal runs.
};

/// `directory`: for the database; emptied first.
outcome run_seed(std::uint64_t seed, const std::string& directory, journal::verbosity trace);

}  // namespace headway::simulation
