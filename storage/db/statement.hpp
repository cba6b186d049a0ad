/// A prepared statement, and a row of its result. Private to db/.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <caf/error.hpp>

#include <messages/ids.hpp>
#include <messages/status.hpp>

struct sqlite3_stmt;

namespace headway::db {

class connection;

/// Bytes that are no text.
struct blob_view {
  std::string_view bytes;
};

/// The row that a statement stands on; valid while it does. Columns count from zero.
class row {
 public:
  explicit row(sqlite3_stmt* handle) noexcept : handle_(handle) {}

  bool is_null(int column) const noexcept;
  std::int64_t integer(int column) const noexcept;
  std::string text(int column) const;
  /// The same without a copy; valid until the next row.
  std::string_view view(int column) const;

  std::optional<std::uint64_t> count(int column) const noexcept;
  /// Nothing unless the column holds twenty bytes.
  std::optional<oid> object_id(int column) const;
  wall_time time(int column) const noexcept;
  std::optional<wall_time> optional_time(int column) const noexcept;

 private:
  sqlite3_stmt* handle_;
};

/// Prepared at its first use, so that a read-only connection never prepares a write, and a table
/// can be made of members that cannot fail. Same thread as its connection.
class statement {
 public:
  /// REQUIRES: `sql` is a literal, and `db` outlives this.
  statement(connection& db, const char* sql) noexcept : db_(db), sql_(sql) {}
  ~statement();
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  /// Runs to the end with `values` in place of ?1, ?2, …
  template <class... Values>
  caf::error run(const Values&... values) {
    return each([](const row&) {}, values...);
  }

  /// The same, showing every row to `visit`.
  template <class Visitor, class... Values>
  caf::error each(Visitor&& visit, const Values&... values) {
    const use in_use{*this};
    if (auto error = prepare())
      return error;
    int index = 0;
    if (!(bind(++index, values) && ...))
      return failure();
    while (step())
      visit(row{handle_});
    return finished_ ? caf::error{} : failure();
  }

  /// Runs once, with what `values_of` answers for each of `rows`, a tuple, in turn in place of the
  /// parameters. What the values refer to outlives the run.
  template <class Rows, class ValuesOf>
  caf::error run_rows(const Rows& rows, const ValuesOf& values_of) {
    const use in_use{*this};
    if (auto error = prepare())
      return error;
    int index = 0;
    const auto bind_all = [&](const auto&... values) { return (bind(++index, values) && ...); };
    for (const auto& row : rows)
      if (!std::apply(bind_all, values_of(row)))
        return failure();
    while (step()) {
    }
    return finished_ ? caf::error{} : failure();
  }

 private:
  /// Ends the read of a statement however it was left, and lets go of the bound values.
  struct use {
    statement& user;
    ~use() { user.reset(); }
  };

  caf::error prepare();
  bool step() noexcept;
  void reset() noexcept;
  caf::error failure() const;

  bool bind_null(int index) noexcept;
  bool bind_integer(int index, std::int64_t value) noexcept;
  bool bind(int index, std::string_view value) noexcept;
  bool bind(int index, blob_view value) noexcept;
  bool bind(int index, const oid& value) noexcept;
  bool bind(int index, wall_time value) noexcept;

  template <std::integral Integer>
  bool bind(int index, Integer value) noexcept {
    return bind_integer(index, static_cast<std::int64_t>(value));
  }

  template <class Value>
  bool bind(int index, const std::optional<Value>& value) noexcept {
    return value ? bind(index, *value) : bind_null(index);
  }

  connection& db_;
  const char* sql_;
  sqlite3_stmt* handle_ = nullptr;
  bool finished_ = false;
};

}  // namespace headway::db
