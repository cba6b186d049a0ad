#include <algorithm>
#include <new>

#include <sqlite3.h>

#include <storage/db/connection.hpp>
#include <storage/db/statement.hpp>

namespace headway::db {

namespace {

wall_time time_from(std::int64_t milliseconds) noexcept {
  return wall_time{std::chrono::milliseconds{milliseconds}};
}

}  // namespace

bool row::is_null(int column) const noexcept {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t row::integer(int column) const noexcept {
  return sqlite3_column_int64(handle_, column);
}

std::string row::text(int column) const {
  return std::string{view(column)};
}

std::string_view row::view(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  // SQLite answers a null pointer for empty values, and when it has no memory for others.
  if (bytes == nullptr && size != 0)
    throw std::bad_alloc{};
  return bytes == nullptr ? std::string_view{} : std::string_view{bytes, size};
}

std::optional<std::uint64_t> row::count(int column) const noexcept {
  if (is_null(column))
    return std::nullopt;
  return static_cast<std::uint64_t>(integer(column));
}

std::optional<oid> row::object_id(int column) const {
  oid id;
  const auto bytes = text(column);
  if (bytes.size() != id.bytes.size())
    return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

wall_time row::time(int column) const noexcept {
  return time_from(integer(column));
}

std::optional<wall_time> row::optional_time(int column) const noexcept {
  if (is_null(column))
    return std::nullopt;
  return time(column);
}

statement::~statement() {
  sqlite3_finalize(handle_);
}

caf::error statement::prepare() {
  finished_ = false;
  if (handle_ != nullptr)
    return {};
  if (sqlite3_prepare_v3(db_.handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr) !=
      SQLITE_OK)
    return failure();
  return {};
}

bool statement::step() noexcept {
  const int result = sqlite3_step(handle_);
  finished_ = result == SQLITE_DONE;
  return result == SQLITE_ROW;
}

void statement::reset() noexcept {
  if (handle_ == nullptr)
    return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

caf::error statement::failure() const {
  return db_.failure("change or read a part");
}

bool statement::bind_null(int index) noexcept {
  return sqlite3_bind_null(handle_, index) == SQLITE_OK;
}

bool statement::bind_integer(int index, std::int64_t value) noexcept {
  return sqlite3_bind_int64(handle_, index, value) == SQLITE_OK;
}

// The values outlive the step that reads them (`each` unbinds before it returns): no copy is
// needed. An empty view may hold a null pointer, which SQLite would take for NULL.

bool statement::bind(int index, std::string_view value) noexcept {
  const char* bytes = value.empty() ? "" : value.data();
  return sqlite3_bind_text64(handle_, index, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8) ==
         SQLITE_OK;
}

bool statement::bind(int index, blob_view value) noexcept {
  const char* bytes = value.bytes.empty() ? "" : value.bytes.data();
  return sqlite3_bind_blob64(handle_, index, bytes, value.bytes.size(), SQLITE_STATIC) == SQLITE_OK;
}

bool statement::bind(int index, const oid& value) noexcept {
  return sqlite3_bind_blob64(handle_, index, value.bytes.data(), value.bytes.size(),
                             SQLITE_STATIC) == SQLITE_OK;
}

bool statement::bind(int index, wall_time value) noexcept {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(value.time_since_epoch());
  return bind_integer(index, since_epoch.count());
}

}  // namespace headway::db
