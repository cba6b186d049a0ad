#include <filesystem>

#include <messages/error.hpp>
#include <storage/db/aside.hpp>
#include <storage/db/care.hpp>
#include <storage/db/database_file.hpp>
#include <storage/db/durable_file.hpp>
#include <storage/db/failure.hpp>
#include <storage/db/migrations.hpp>
#include <storage/db/statement.hpp>
#include <storage/db/store.hpp>

namespace headway::db {

namespace {

constexpr std::uint64_t small_cache = 8u << 20;

// Problems beyond these say nothing new.
constexpr const char* check_all = "PRAGMA integrity_check(20)";

/// Of a damaged database, nothing.
std::size_t count(connection& db, const char* query) {
  const auto number = db.integer(query);
  return number ? static_cast<std::size_t>(*number) : 0;
}

caf::error collect_problems(connection& db, std::vector<std::string>& problems) {
  const auto add_text = [&](const row& r) {
    if (auto text = r.text(0); text != "ok")
      problems.push_back(std::move(text));
  };
  const auto add_reference = [&](const row& r) {
    problems.push_back("a row of " + r.text(0) + " belongs to no row of " + r.text(2));
  };
  if (auto error = statement{db, check_all}.each(add_text))
    return error;
  return statement{db, "PRAGMA foreign_key_check"}.each(add_reference);
}

/// A connection that reads for as long as it takes.
caf::expected<std::unique_ptr<connection>> open_to_copy(const std::string& file) {
  auto db = open_for_reading(file);
  if (!db)
    return db;
  // VACUUM INTO counts as a write of this connection, though not of this file.
  if (auto error = (*db)->execute("PRAGMA query_only = OFF"))
    return error;
  return db;
}

/// `target` is then a compact copy of what `db` shows.
caf::error copy_into(connection& db, const std::string& target) {
  const auto unfinished = target + ".new";
  if (auto error = create_private_file(unfinished))
    return error;
  if (auto error = statement{db, "VACUUM INTO ?1"}.run(unfinished)) {
    std::error_code ignored;
    std::filesystem::remove(unfinished, ignored);
    return error;
  }
  return publish_file(unfinished, target);
}

caf::error refuse_damaged(connection& db) {
  std::vector<std::string> problems;
  if (auto error = collect_problems(db, problems))
    return error;
  if (problems.empty())
    return {};
  return make_error(ec::corrupt, "the database '" + db.file() + "' is damaged (" +
                                     problems.front() + "); take another backup");
}

/// An older backup is brought up to date when the node starts; what matters here is that it is
/// whole and ours.
caf::expected<std::unique_ptr<connection>> open_backup(const std::string& backup) {
  auto db = open_to_copy(backup);
  if (!db)
    return db;
  if (auto error = refuse_damaged(**db))
    return error;
  return db;
}

caf::expected<std::string> path_of(const std::string& path) {
  std::error_code code;
  auto absolute = std::filesystem::absolute(path, code).lexically_normal();
  if (code)
    return system_failure("use", path, code.value());
  return absolute.string();
}

std::string file_in(const std::string& directory) {
  return (std::filesystem::path{directory} / database_name).string();
}

}  // namespace

caf::expected<check_report> check(const std::string& directory) {
  auto db = open_for_reading(file_in(directory));
  if (!db)
    return db.error();
  check_report report;
  const auto version = schema_version(**db, migrations());
  if (!version)
    return version.error();
  report.schema_version = *version;
  if (auto error = collect_problems(**db, report.problems)) {
    if (code_of(error) != ec::corrupt)
      return error;
    report.problems.push_back(detail_of(error));
  }
  const auto page = (*db)->integer("PRAGMA page_size");
  const auto pages = (*db)->integer("PRAGMA page_count");
  const auto free = (*db)->integer("PRAGMA freelist_count");
  if (!page || !pages || !free)
    return (!page ? page : !pages ? pages : free).error();
  report.bytes = static_cast<std::uint64_t>(*page * *pages);
  report.free_bytes = static_cast<std::uint64_t>(*page * *free);
  report.projects = count(**db, "SELECT count(*) FROM projects WHERE retired_at IS NULL");
  report.branches = count(**db, "SELECT count(*) FROM branch_sync_status");
  return report;
}

std::string usual_backup(const std::string& directory) {
  return file_in(directory) + ".bak";
}

caf::error back_up(const std::string& directory, const std::string& target) {
  const auto path = path_of(target);
  if (!path)
    return path.error();
  const auto file = file_in(directory);
  std::error_code ignored;
  if (std::filesystem::equivalent(*path, file, ignored))
    return make_error(ec::invalid_argument, "'" + target + "' is the database itself");
  auto db = open_to_copy(file);
  if (!db)
    return db.error();
  return copy_into(**db, *path);
}

caf::expected<std::string> restore(const std::string& directory, const std::string& backup,
                                   wall_time now) {
  const auto lock = instance_lock::acquire(directory);
  if (!lock)
    return lock.error();
  const auto file = file_in(directory);
  const auto prepared = file + ".restored";
  {
    auto db = open_backup(backup);
    if (!db)
      return db.error();
    if (auto error = copy_into(**db, prepared))
      return error;
  }
  std::string kept;
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) {
    auto aside = set_aside(file, "replaced", now);
    if (!aside)
      return aside;
    kept = std::move(*aside);
  } else if (auto error = remove_leftovers(file)) {
    return error;
  }
  if (auto error = publish_file(prepared, file))
    return error;
  return kept;
}

caf::expected<compaction> compact(const std::string& directory) {
  const auto file = file_in(directory);
  std::error_code code;
  if (!std::filesystem::exists(file, code))
    return make_error(ec::not_found, "there is no database '" + file + "'");
  const auto lock = instance_lock::acquire(directory);
  if (!lock)
    return lock.error();
  compaction sizes{.before = std::filesystem::file_size(file, code)};
  {
    auto db = open_for_writing(directory, small_cache);
    if (!db)
      return db.error();
    for (const char* step : {"VACUUM", "ANALYZE"})
      if (auto error = (*db)->execute(step))
        return error;
  }
  sizes.after = std::filesystem::file_size(file, code);
  return sizes;
}

}  // namespace headway::db
