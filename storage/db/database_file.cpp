#include <cerrno>
#include <filesystem>

#include <unistd.h>

#include <messages/error.hpp>
#include <storage/db/aside.hpp>
#include <storage/db/database_file.hpp>
#include <storage/db/durable_file.hpp>
#include <storage/db/failure.hpp>
#include <storage/db/migrations.hpp>

namespace headway::db {

namespace {

enum class presence { absent, cut_short, whole };

// The smallest page of SQLite, and a divisor of all others.
constexpr std::uintmax_t smallest_page = 512;

/// While there is a log, the last move from it into the file may have been interrupted; without
/// one, part of a page at the end is a page that was cut, which SQLite would fill up with zeros.
bool is_cut_short(const std::string& file, std::uintmax_t size) {
  std::error_code code;
  const auto log_size = std::filesystem::file_size(file + "-wal", code);
  const bool has_log = !code && log_size > 0;
  return size < smallest_page || (size % smallest_page != 0 && !has_log);
}

caf::expected<presence> presence_of(const std::string& file) {
  std::error_code code;
  const auto kind = std::filesystem::status(file, code).type();
  if (kind == std::filesystem::file_type::not_found)
    return presence::absent;
  if (code)
    return system_failure("look at", file, code.value());
  if (kind != std::filesystem::file_type::regular)
    return make_error(ec::corrupt, "'" + file + "' is no file; move it aside");
  const auto size = std::filesystem::file_size(file, code);
  if (code)
    return system_failure("look at", file, code.value());
  return is_cut_short(file, size) ? presence::cut_short : presence::whole;
}

caf::error create_if_absent(const std::string& file) {
  const auto found = presence_of(file);
  if (!found)
    return found.error();
  if (*found == presence::cut_short)
    return make_error(ec::corrupt,
                      "the database '" + file +
                          "' is empty or cut short; put a backup in its place, or delete it "
                          "to start without any project");
  return *found == presence::absent ? create_database(file) : caf::error{};
}

caf::error check_writable(const connection& db) {
  const auto& file = db.file();
  if (::access(file.c_str(), W_OK) == 0)
    return {};
  return system_failure("write to the database", file, errno);
}

caf::error set_common(connection& db, std::uint64_t cache_size) {
  const auto cache = "PRAGMA cache_size = -" + std::to_string(cache_size / 1024);
  for (const char* pragma : {"PRAGMA temp_store = MEMORY", "PRAGMA foreign_keys = ON",
                             "PRAGMA mmap_size = 0", "PRAGMA analysis_limit = 400", cache.c_str()})
    if (auto error = db.execute(pragma))
      return error;
  return {};
}

/// REQUIRES: no hook for the WAL is set yet: turning autocheckpoints off removes it.
caf::error set_write_ahead_log(connection& db) {
  const auto mode = db.text("PRAGMA journal_mode = WAL");
  if (!mode)
    return mode.error();
  if (*mode != "wal")
    return make_error(ec::io,
                      "the database '" + db.file() +
                          "' cannot use a write-ahead log here (the file system may lack shared "
                          "memory maps); choose a data directory on a local disk");
  for (const char* pragma : {"PRAGMA synchronous = FULL", "PRAGMA wal_autocheckpoint = 0",
                             "PRAGMA journal_size_limit = 67108864"})
    if (auto error = db.execute(pragma))
      return error;
  db.checkpoint_on_close();
  return {};
}

}  // namespace

caf::error create_database(const std::string& file) {
  const auto unfinished = file + ".new";
  for (const auto& name : {file, unfinished})
    if (auto error = remove_leftovers(name))
      return error;
  if (auto error = create_private_file(unfinished))
    return error;
  {
    auto db = connection::open_read_write(unfinished);
    if (!db)
      return db.error();
    if (auto error = initialise(**db))
      return error;
    if (auto error = migrate(**db, migrations()))
      return error;
  }
  return publish_file(unfinished, file);
}

caf::expected<std::unique_ptr<connection>> open_for_writing(const std::string& directory,
                                                            std::uint64_t cache_size) {
  const auto file = directory + "/" + database_name;
  if (auto error = create_if_absent(file))
    return error;
  auto db = connection::open_read_write(file);
  if (!db)
    return db;
  // Before anything is set: switching to the WAL writes to the file, whosever it is.
  if (auto version = schema_version(**db, migrations()); !version)
    return version.error();
  if (auto error = check_writable(**db))
    return error;
  if (auto error = set_common(**db, cache_size))
    return error;
  if (auto error = set_write_ahead_log(**db))
    return error;
  if (auto error = migrate(**db, migrations()))
    return error;
  if (auto error = (*db)->execute("PRAGMA synchronous = NORMAL"))
    return error;
  return db;
}

caf::expected<std::unique_ptr<connection>> open_in_memory(std::uint64_t cache_size) {
  auto db = connection::open_in_memory();
  if (!db)
    return db;
  if (auto error = initialise(**db))
    return error;
  if (auto error = set_common(**db, cache_size))
    return error;
  if (auto error = migrate(**db, migrations()))
    return error;
  return db;
}

caf::expected<std::unique_ptr<connection>> open_for_reading(const std::string& file) {
  constexpr std::uint64_t cache_size = 8u << 20;
  const auto found = file.empty() ? presence::absent : presence_of(file);
  if (!found)
    return found.error();
  if (*found == presence::absent)
    return make_error(ec::not_found, file.empty() ? "a database in memory has no second connection"
                                                  : "there is no database '" + file + "'");
  auto db = connection::open_read_only(file);
  if (!db)
    return db;
  if (auto version = schema_version(**db, migrations()); !version)
    return version.error();
  if (auto error = set_common(**db, cache_size))
    return error;
  if (auto error = (*db)->execute("PRAGMA query_only = ON"))
    return error;
  return db;
}

}  // namespace headway::db
