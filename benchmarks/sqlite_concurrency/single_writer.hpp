/// Headway's own way: everybody asks the one writer.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <benchmarks/sqlite_concurrency/workload.hpp>

namespace headway::sqlite_concurrency {

/// An engine with a new database in `directory`. Projects are written past its registry, which
/// would look for their clones: only the store has something to do.
class single_writer {
 public:
  single_writer(const std::string& directory, std::size_t projects);
  ~single_writer();
  single_writer(const single_writer&) = delete;
  single_writer& operator=(const single_writer&) = delete;

  enum class kind { documents, moves };

  /// Each of `submitters` threads has up to `outstanding` submissions that are not acknowledged.
  tally write(kind what, std::size_t projects, std::size_t submitters, std::size_t outstanding,
              std::chrono::milliseconds time);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace headway::sqlite_concurrency
