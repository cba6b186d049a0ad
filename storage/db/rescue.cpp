#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include <messages/error.hpp>
#include <storage/db/aside.hpp>
#include <storage/db/care.hpp>
#include <storage/db/connection.hpp>
#include <storage/db/database_file.hpp>
#include <storage/db/durable_file.hpp>
#include <storage/db/statement.hpp>
#include <storage/db/store.hpp>

namespace headway::db {

namespace {

// Fetches that a lost history may have had after the backup: their ids must not be given again.
constexpr std::uint64_t lost_fetches = 1'000'000;

struct registered {
  std::string path;
  bool retired = false;
};

/// What nobody else knows.
struct registry {
  std::map<std::string, registered> projects;  ///< By slug.
  std::uint64_t last_fetch = 0;
  bool complete = false;

  std::size_t living() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(projects, [](const auto& x) { return !x.second.retired; }));
  }
};

/// Rows as far as they can be read, from the table and, where a page of it is lost, from the index.
registry read_registry(const std::string& file) {
  registry found;
  const auto db = connection::open_read_only(file);
  if (!db)
    return found;
  const auto add = [&](const row& r) {
    if (auto slug = r.text(0), path = r.text(1); !slug.empty() && !path.empty())
      found.projects.emplace(std::move(slug), registered{std::move(path), !r.is_null(2)});
  };
  // From both ends: a page that is lost ends a scan.
  const bool forwards =
      !statement{**db, "SELECT slug, path, retired_at FROM projects NOT INDEXED ORDER BY id"}.each(
          add);
  if (!forwards)
    statement{**db, "SELECT slug, path, retired_at FROM projects NOT INDEXED ORDER BY id DESC"}
        .each(add);
  const auto count = (*db)->integer("SELECT count(*) FROM projects NOT INDEXED");
  const auto last = (*db)->integer("SELECT seq FROM sqlite_sequence WHERE name = 'fetch_history'");
  if (last)
    found.last_fetch = static_cast<std::uint64_t>(*last);
  found.complete =
      forwards && count && last && static_cast<std::size_t>(*count) == found.projects.size();
  return found;
}

/// The newest of the backups beside the database, if there is any.
std::optional<std::string> newest_backup(const std::string& directory) {
  namespace fs = std::filesystem;
  std::optional<std::pair<fs::file_time_type, std::string>> newest;
  std::error_code ignored;
  for (fs::directory_iterator it{directory, ignored}, end; it != end; it.increment(ignored)) {
    const auto name = it->path().filename().string();
    if (!name.starts_with(database_name) || !name.ends_with(".bak"))
      continue;
    const auto written = it->last_write_time(ignored);
    if (!newest || written > newest->first)
      newest.emplace(written, it->path().string());
  }
  return newest ? std::optional{newest->second} : std::nullopt;
}

/// Adds what `backup` knows and `found` does not.
std::size_t complete_from(const std::string& backup, registry& found) {
  auto known = read_registry(backup);
  const auto before = found.living();
  found.projects.merge(known.projects);
  found.last_fetch = std::max(found.last_fetch, known.last_fetch + lost_fetches);
  return found.living() - before;
}

caf::error write_registry(connection& db, const registry& found, wall_time now) {
  transaction work{db};
  if (auto error = work.begin())
    return error;
  statement put{db,
                "INSERT OR IGNORE INTO projects (slug, path, added_at, retired_at) "
                "VALUES (?1, ?2, ?3, ?4)"};
  for (const auto& [slug, project] : found.projects)
    if (auto error = put.run(slug, project.path, now,
                             project.retired ? std::optional{now} : std::optional<wall_time>{}))
      return error;
  statement remember{db, "INSERT INTO sqlite_sequence (name, seq) VALUES ('fetch_history', ?1)"};
  if (auto error = remember.run(found.last_fetch))
    return error;
  return work.commit();
}

}  // namespace

caf::expected<rescue_report> rescue(const std::string& directory, wall_time now) {
  const auto lock = instance_lock::acquire(directory);
  if (!lock)
    return lock.error();
  const auto file = (std::filesystem::path{directory} / database_name).string();
  rescue_report report;
  auto found = read_registry(file);
  report.salvaged = found.living();
  if (!found.complete)
    if (auto backup = newest_backup(directory)) {
      report.restored = complete_from(*backup, found);
      report.backup = std::move(*backup);
    }
  if (found.projects.empty())
    return make_error(ec::corrupt,
                      "no project can be read from the damaged database '" + file +
                          "' or from a backup beside it; put a backup in its place (headway db "
                          "restore), or move it away to start without any project");
  const auto prepared = file + ".rescued";
  if (auto error = create_database(prepared))
    return error;
  {
    auto db = connection::open_read_write(prepared);
    if (!db)
      return db.error();
    if (auto error = write_registry(**db, found, now))
      return error;
  }
  auto aside = set_aside(file, "corrupt", now);
  if (!aside)
    return aside.error();
  if (auto error = publish_file(prepared, file))
    return error;
  report.set_aside = std::move(*aside);
  return report;
}

}  // namespace headway::db
