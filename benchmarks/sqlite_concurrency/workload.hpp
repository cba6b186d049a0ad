/// What is written, the same for all contenders.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/database.hpp>

namespace headway::sqlite_concurrency {

inline constexpr std::size_t branches_each = 20;

/// Throws `std::runtime_error` with the words of the error.
void must(const caf::error& error);

template <class Value>
Value must(caf::expected<Value> value) {
  if (!value)
    must(value.error());
  return std::move(*value);
}

std::string slug_of(std::size_t project);

/// Document number `version` of a project; each differs from the others in all of its branches.
put_status document(std::size_t project, std::uint64_t version);

/// The path of a project after so many moves.
put_project move_of(std::size_t project, std::uint64_t version);

/// A database with all projects and the first document of each, and nothing in its log.
void fill(const std::string& directory, std::size_t projects);

/// Which project is written next, without regard to their order in the file.
class project_choice {
 public:
  project_choice(std::size_t projects, std::uint64_t seed) : projects_(projects), state_(seed) {}
  std::size_t next();

 private:
  std::size_t projects_;
  std::uint64_t state_;
};

/// What several threads did in the time that they had.
struct tally {
  double seconds = 0;
  std::uint64_t submissions = 0;
  std::vector<double> milliseconds;  ///< From submission to acknowledgement, one by one.
};

/// Runs `work` on so many threads until the time is over; each answers what it waited for.
/// `work` is told its number and asks `go_on` before each submission.
tally run_threads(
    std::size_t threads, std::chrono::milliseconds time,
    const std::function<std::vector<double>(std::size_t, const std::atomic<bool>& go_on)>& work);

}  // namespace headway::sqlite_concurrency
