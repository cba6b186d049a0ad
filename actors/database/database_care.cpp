#include <chrono>

#include <actors/database/database_care.hpp>
#include <storage/db/care.hpp>

namespace headway {

caf::expected<database_check> check_database(const std::string& directory) {
  auto report = db::check(directory);
  if (!report)
    return std::move(report.error());
  return database_check{std::move(report->problems),
                        report->schema_version,
                        report->projects,
                        report->branches,
                        report->bytes,
                        report->free_bytes};
}

caf::expected<std::string> back_up_database(const std::string& directory,
                                            const std::string& target) {
  auto place = target.empty() ? db::usual_backup(directory) : target;
  if (auto error = db::back_up(directory, place))
    return error;
  return place;
}

caf::expected<database_restoration> restore_database(const std::string& directory,
                                                     const std::string& backup) {
  database_restoration done{.backup = backup.empty() ? db::usual_backup(directory) : backup};
  auto kept = db::restore(directory, done.backup, std::chrono::system_clock::now());
  if (!kept)
    return std::move(kept.error());
  done.kept = std::move(*kept);
  return done;
}

caf::expected<database_compaction> compact_database(const std::string& directory) {
  const auto sizes = db::compact(directory);
  if (!sizes)
    return sizes.error();
  return database_compaction{sizes->before, sizes->after};
}

}  // namespace headway
