#include <new>

#include <sqlite3.h>

#include <storage/db/connection.hpp>
#include <storage/db/failure.hpp>
#include <storage/db/statement.hpp>

namespace headway::db {

namespace {

// Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
constexpr int steps_between_looks = 1000;

}  // namespace

caf::expected<std::unique_ptr<connection>> connection::open(std::string file, int flags) {
  std::unique_ptr<connection> db{new connection(std::move(file))};
  const char* name = db->file_.empty() ? ":memory:" : db->file_.c_str();
  const int result = sqlite3_open_v2(name, &db->handle_, flags, nullptr);
  if (db->handle_ == nullptr)
    throw std::bad_alloc{};
  if (result != SQLITE_OK)
    return db->failure("open the file");
  db->harden();
  return db;
}

caf::expected<std::unique_ptr<connection>> connection::open_in_memory() {
  return open({}, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
}

caf::expected<std::unique_ptr<connection>> connection::open_read_write(const std::string& file) {
  return open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX);
}

caf::expected<std::unique_ptr<connection>> connection::open_read_only(const std::string& file) {
  return open(file, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
}

connection::~connection() {
  // Every statement is gone by now, so this frees at once.
  sqlite3_close_v2(handle_);
}

void connection::harden() noexcept {
  sqlite3_extended_result_codes(handle_, 1);
  wait_for_locks(usual_lock_patience_ms);
  for (const int option : {SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE})
    sqlite3_db_config(handle_, option, 1, nullptr);
  for (const int option :
       {SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_TRUSTED_SCHEMA})
    sqlite3_db_config(handle_, option, 0, nullptr);
}

caf::error connection::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure("change or read a part");
  return {};
}

caf::expected<std::int64_t> connection::integer(const char* sql) {
  std::int64_t value = 0;
  if (auto error = statement{*this, sql}.each([&](const row& r) { value = r.integer(0); }))
    return error;
  return value;
}

caf::expected<std::string> connection::text(const char* sql) {
  std::string value;
  if (auto error = statement{*this, sql}.each([&](const row& r) { value = r.text(0); }))
    return error;
  return value;
}

void connection::checkpoint_on_close() noexcept {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

void connection::wait_for_locks(int milliseconds) noexcept {
  sqlite3_busy_timeout(handle_, milliseconds);
}

int connection::is_late(void* self) noexcept {
  return std::chrono::steady_clock::now() >= static_cast<connection*>(self)->deadline_ ? 1 : 0;
}

void connection::give_up_after(std::chrono::milliseconds patience) noexcept {
  deadline_ = std::chrono::steady_clock::now() + patience;
  sqlite3_progress_handler(handle_, steps_between_looks, is_late, this);
}

std::uint64_t connection::changes() const noexcept {
  return static_cast<std::uint64_t>(sqlite3_changes64(handle_));
}

bool connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handle_) == 0;
}

caf::error connection::failure(std::string_view doing) const {
  return sqlite_failure(doing, file_, handle_);
}

transaction::~transaction() {
  // A full disk or a failed write has ended the transaction by itself.
  if (open_ && db_.in_transaction())
    sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

caf::error transaction::begin() {
  if (auto error = db_.execute("BEGIN IMMEDIATE"))
    return error;
  open_ = true;
  return {};
}

caf::error transaction::commit() {
  if (auto error = db_.execute("COMMIT"))
    return error;
  open_ = false;
  return {};
}

}  // namespace headway::db
