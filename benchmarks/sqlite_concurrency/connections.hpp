/// SQLite without Headway: connections of one's own, on the same schema.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <benchmarks/sqlite_concurrency/workload.hpp>

#include <storage/db/connection.hpp>

namespace headway::sqlite_concurrency {

enum class journal { wal, rollback };
enum class sync { normal, full };

std::unique_ptr<db::connection> open_connection(const std::string& file, journal log, sync how);

/// One transaction of so many documents, in statements of 20 rows: what the disk and SQLite can do.
/// Includes the checkpoint.
tally bulk_documents(const std::string& file, std::size_t projects, std::size_t documents);

/// The same of changes of the registry.
tally bulk_moves(const std::string& file, std::size_t projects, std::size_t moves);

/// Each thread with a connection of its own, a busy timeout, and a transaction for each document.
tally write_documents(const std::string& file, journal log, std::size_t projects,
                      std::size_t threads, std::chrono::milliseconds time);

/// The same of changes of the registry, each synchronised.
tally write_moves(const std::string& file, std::size_t projects, std::size_t threads,
                  std::chrono::milliseconds time);

/// Looks up documents until it is told to stop; microseconds of each.
std::vector<double> read_documents(const std::string& file, journal log, std::size_t projects,
                                   const std::atomic<bool>& go_on);

}  // namespace headway::sqlite_concurrency
