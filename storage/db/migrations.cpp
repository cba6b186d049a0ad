#include <array>

#include <messages/error.hpp>
#include <storage/db/connection.hpp>
#include <storage/db/durable_file.hpp>
#include <storage/db/migrations.hpp>
#include <storage/db/schema.hpp>
#include <storage/db/statement.hpp>

namespace headway::db {

namespace {

// "HDWY"
constexpr std::int64_t application_id = 0x48445759;
constexpr const char* mark_application = "PRAGMA application_id = 1212438361";
static_assert(application_id == 1212438361);

constexpr std::array<migration, 5> all_steps{{{"first schema", schema_1},
                                              {"branches that are gone", schema_2},
                                              {"steps of fetches", schema_3},
                                              {"what fetches usually take", schema_4},
                                              {"projects that are suspended", schema_5}}};

/// VACUUM INTO rather than the backup API: it takes one read transaction and leaves out free pages.
caf::error back_up(connection& db, std::size_t version) {
  const auto target = backup_of(db.file(), version);
  const auto unfinished = target + ".new";
  if (auto error = create_private_file(unfinished))
    return error;
  if (auto error = statement{db, "VACUUM INTO ?1"}.run(unfinished))
    return error;
  return publish_file(unfinished, target);
}

caf::error take(connection& db, const migration& step, std::size_t version) {
  transaction work{db};
  if (auto error = work.begin())
    return error;
  if (auto error = db.execute(step.sql))
    return error;
  const auto mark = "PRAGMA user_version = " + std::to_string(version);
  if (auto error = db.execute(mark.c_str()))
    return error;
  return work.commit();
}

caf::error name_step(const caf::error& error, const migration& step, std::size_t version) {
  return make_error(code_of(error), "schema step " + std::to_string(version) + " (" + step.name +
                                        ") was undone: " + detail_of(error));
}

}  // namespace

std::span<const migration> migrations() noexcept {
  return all_steps;
}

caf::expected<std::size_t> schema_version(connection& db, std::span<const migration> steps) {
  const auto application = db.integer("PRAGMA application_id");
  if (!application)
    return application.error();
  if (*application != application_id)
    return make_error(
        ec::config,
        "'" + db.file() + "' is a database of another program; choose another data directory");
  const auto version = db.integer("PRAGMA user_version");
  if (!version)
    return version.error();
  if (*version < 0)
    return make_error(ec::corrupt, "'" + db.file() + "' has the impossible schema version " +
                                       std::to_string(*version));
  const auto found = static_cast<std::size_t>(*version);
  if (found > steps.size())
    return make_error(
        ec::newer_schema,
        "'" + db.file() + "' has schema version " + std::to_string(found) +
            ", this Headway knows versions up to " + std::to_string(steps.size()) +
            "; run the newer Headway again, put the backup '" + backup_of(db.file(), steps.size()) +
            "' in its place (and remove the -wal file) if there is one, or choose another "
            "data directory");
  return found;
}

caf::error initialise(connection& db) {
  // Incremental vacuum must be chosen before the first table; later it would take a full VACUUM.
  for (const char* pragma : {"PRAGMA page_size = 4096", "PRAGMA encoding = 'UTF-8'",
                             "PRAGMA auto_vacuum = INCREMENTAL", mark_application})
    if (auto error = db.execute(pragma))
      return error;
  return {};
}

caf::error migrate(connection& db, std::span<const migration> steps) {
  const auto version = schema_version(db, steps);
  if (!version)
    return version.error();
  if (*version > 0 && *version < steps.size() && !db.file().empty())
    if (auto error = back_up(db, *version))
      return error;
  for (auto next = *version; next < steps.size(); ++next)
    if (auto error = take(db, steps[next], next + 1))
      return name_step(error, steps[next], next + 1);
  return {};
}

std::string backup_of(const std::string& file, std::size_t version) {
  return file + ".v" + std::to_string(version) + ".bak";
}

}  // namespace headway::db
