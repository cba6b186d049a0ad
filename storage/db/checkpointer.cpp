#include <algorithm>
#include <string>

#include <sqlite3.h>

#include <messages/error.hpp>
#include <storage/db/checkpointer.hpp>
#include <storage/db/connection.hpp>

namespace headway::db {

namespace {

// While nobody waits, 500 pages are worth the two fsyncs. 1000 bound what one checkpoint holds up
// under a load that leaves no idle moment, to 7 ms (4000: 16 ms, and a tenth more throughput), and
// the log to some 4 MB while it has no reader.
constexpr std::uint64_t worthwhile_pages = 500;
constexpr std::uint64_t forced_pages = 1000;

// So many take two milliseconds.
constexpr std::uint64_t upkeep_pages = 128;

// So many are there only while readers overlap without a gap: waiting for one of them makes
// the gap. Ours end within `reader_patience`; they are not waited for longer than a commit may
// take.
constexpr std::uint64_t crowded_pages = 8000;
constexpr int gap_patience_ms = 50;

// A page in the log has a header of 24 bytes, the log one of 32. A batch of the writer takes 16 MiB
// at most, a change of the registry some pages.
constexpr std::uint64_t page_in_log = 4096 + 24;
constexpr std::uint64_t most_pages = checkpointer::most_bytes / page_in_log - 1;
constexpr std::uint64_t ordinary_pages = most_pages - (16ull << 20) / page_in_log;
constexpr std::uint64_t reserve_pages = most_pages - 100;

}  // namespace

checkpointer::checkpointer(connection& db)
    : db_(db), writeback_(db.file().empty() ? std::string{} : db.file() + "-wal") {
  sqlite3_wal_hook(db_.handle(), committed, this);
}

checkpointer::~checkpointer() {
  sqlite3_wal_hook(db_.handle(), nullptr, nullptr);
}

int checkpointer::committed(void* self, sqlite3*, const char*, int pages) noexcept {
  auto& that = *static_cast<checkpointer*>(self);
  const auto now = static_cast<std::uint64_t>(pages);
  if (now < that.pages_) {  // The log was all moved, and has begun again at its start.
    that.moved_ = 0;
    that.tried_at_ = 0;
    that.held_ = false;
  }
  that.pages_ = now;
  return SQLITE_OK;
}

caf::error checkpointer::admit(log_share share) {
  const auto allowed = share == log_share::reserve ? reserve_pages : ordinary_pages;
  if (pages_ <= allowed)
    return {};
  if (auto error = begin_again())
    return error;
  if (!held_)
    return {};
  return make_error(ec::overloaded,
                    "the write-ahead log of the database '" + db_.file() + "' is full (" +
                        std::to_string(bytes() >> 20) +
                        " MiB) because another program has been reading the database for long; "
                        "end that program (a backup, a sqlite3 shell), or try again in a second");
}

caf::error checkpointer::after_commit() {
  writeback_.grown_to(bytes());
  // Counted from the last attempt: while a reader holds the log, an attempt after every commit
  // would cost a sort of the whole log each time and move nothing.
  if (pages_ < tried_at_ + forced_pages)
    return {};
  return pages_ < crowded_pages ? run(SQLITE_CHECKPOINT_PASSIVE) : begin_again();
}

caf::error checkpointer::when_idle() {
  if (pending() < worthwhile_pages)
    return {};
  return run(SQLITE_CHECKPOINT_PASSIVE);
}

caf::expected<bool> checkpointer::in_upkeep() {
  // Counted from the last attempt, as after a commit: a reader that holds the log must not keep the
  // upkeep from its end.
  if (pages_ < tried_at_ + upkeep_pages)
    return false;
  if (auto error = run(SQLITE_CHECKPOINT_PASSIVE))
    return error;
  return true;
}

caf::error checkpointer::truncate() {
  return run(SQLITE_CHECKPOINT_TRUNCATE);
}

caf::error checkpointer::begin_again() {
  const lock_patience patience{db_, gap_patience_ms};
  return run(SQLITE_CHECKPOINT_RESTART);
}

std::uint64_t checkpointer::bytes() const noexcept {
  return pages_ == 0 ? 0 : 32 + pages_ * page_in_log;
}

caf::error checkpointer::run(int mode) {
  // On a connection that has not read yet a checkpoint does nothing and reports success.
  if (auto version = db_.integer("PRAGMA schema_version"); !version)
    return version.error();
  int pages = -1;
  int moved = -1;
  const int result = sqlite3_wal_checkpoint_v2(db_.handle(), "main", mode, &pages, &moved);
  if (pages >= 0 && moved >= 0) {
    pages_ = static_cast<std::uint64_t>(pages);
    moved_ = std::min(static_cast<std::uint64_t>(moved), pages_);
  }
  tried_at_ = pages_;
  if (mode != SQLITE_CHECKPOINT_PASSIVE) {
    held_ = result == SQLITE_BUSY;
    if (result == SQLITE_OK)
      pages_ = moved_ = tried_at_ = 0;
  }
  if (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED)
    return {};
  return db_.failure("move the write-ahead log into the file");
}

}  // namespace headway::db
