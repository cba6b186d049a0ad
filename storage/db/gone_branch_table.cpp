#include <storage/db/connection.hpp>
#include <storage/db/gone_branch_table.hpp>

namespace headway::db {

namespace {

constexpr const char* put_query = R"(
INSERT INTO gone_branches (project_id, branch, upstream, local_oid, gone_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (project_id, branch) DO UPDATE SET upstream = excluded.upstream,
  local_oid = excluded.local_oid, gone_at = excluded.gone_at)";

constexpr const char* select_query = R"(
SELECT branch, upstream, local_oid, gone_at FROM gone_branches
WHERE project_id = (SELECT id FROM projects WHERE slug = ?1) ORDER BY branch)";

constexpr const char* retire_query = R"(
DELETE FROM gone_branches WHERE (project_id, branch) IN (
  SELECT project_id, branch FROM gone_branches INDEXED BY gone_branches_by_age
  WHERE gone_at < ?1 ORDER BY gone_at LIMIT ?2))";

}  // namespace

gone_branch_table::gone_branch_table(connection& db)
    : db_(db),
      put_(db, put_query),
      erase_one_(db, "DELETE FROM gone_branches WHERE project_id = ?1 AND branch = ?2"),
      erase_all_(db, "DELETE FROM gone_branches WHERE project_id = ?1"),
      select_(db, select_query),
      retire_(db, retire_query) {}

caf::error gone_branch_table::put(project_key project, const branch_status& branch, wall_time now) {
  return put_.run(project, branch.name, branch.upstream, branch.local_oid, now);
}

caf::error gone_branch_table::erase(project_key project, std::string_view branch) {
  return erase_one_.run(project, branch);
}

caf::error gone_branch_table::erase(project_key project) {
  return erase_all_.run(project);
}

caf::expected<std::vector<gone_branch>> gone_branch_table::of(const project_id& project) {
  std::vector<gone_branch> branches;
  const auto append = [&](const row& r) {
    branches.push_back({r.text(0), r.text(1), r.object_id(2), r.time(3)});
  };
  if (auto error = select_.each(append, project.slug))
    return error;
  return branches;
}

caf::expected<std::uint64_t> gone_branch_table::retire(wall_time deadline, std::uint64_t limit) {
  if (auto error = retire_.run(deadline, limit))
    return error;
  return db_.changes();
}

}  // namespace headway::db
