/// The SQL of the schema steps. Private to db/.
///
/// Names and paths are bytes as Git and the file system have them: TEXT is bound with its length,
/// never converted and compared byte by byte. Times are milliseconds since the epoch. Enumerations
/// are stored by name, error codes by their stable number.
#pragma once

namespace headway::db {

/// Branch rows live in the index itself (WITHOUT ROWID): look-ups are a quarter quicker and the
/// file is a fifth smaller than with a rowid and a unique index; only scans by the partial indexes
/// are slower. fetch_history is AUTOINCREMENT so that the id of a forgotten fetch is never given
/// again.
inline constexpr const char* schema_1 = R"(
CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  retired_at INTEGER,
  state TEXT,
  reason TEXT NOT NULL DEFAULT '',
  as_of INTEGER,
  detached_head TEXT,
  shallow INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX live_paths ON projects (path) WHERE retired_at IS NULL;

CREATE TABLE branch_sync_status (
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  branch TEXT NOT NULL,
  remote TEXT NOT NULL,
  head INTEGER NOT NULL,
  upstream TEXT NOT NULL,
  local_oid BLOB CHECK (length(local_oid) = 20),
  remote_oid BLOB CHECK (length(remote_oid) = 20),
  ahead INTEGER,
  behind INTEGER,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  needs_pull INTEGER NOT NULL CHECK (needs_pull IN (0, 1)),
  needs_push INTEGER NOT NULL CHECK (needs_push IN (0, 1)),
  PRIMARY KEY (project_id, branch, remote)
) STRICT, WITHOUT ROWID;
CREATE INDEX branches_to_pull ON branch_sync_status (project_id) WHERE needs_pull = 1;
CREATE INDEX branches_to_push ON branch_sync_status (project_id) WHERE needs_push = 1;

CREATE TABLE project_remote_sync (
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  remote TEXT NOT NULL,
  url TEXT NOT NULL,
  last_success INTEGER,
  last_change INTEGER,
  outcome TEXT NOT NULL,
  code INTEGER NOT NULL,
  error TEXT NOT NULL,
  next_due INTEGER,
  failures INTEGER NOT NULL,
  PRIMARY KEY (project_id, remote)
) STRICT, WITHOUT ROWID;

CREATE TABLE fetch_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project TEXT NOT NULL,
  reason TEXT NOT NULL,
  requested INTEGER NOT NULL,
  finished INTEGER
) STRICT;
CREATE INDEX fetches_by_project ON fetch_history (project);
CREATE INDEX fetches_by_age ON fetch_history (coalesce(finished, requested));

CREATE TABLE fetch_history_remotes (
  fetch_id INTEGER NOT NULL REFERENCES fetch_history (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  remote TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code INTEGER NOT NULL,
  error TEXT NOT NULL,
  started INTEGER NOT NULL,
  finished INTEGER NOT NULL,
  queued_ms INTEGER NOT NULL,
  probe_ms INTEGER NOT NULL,
  transfer_ms INTEGER NOT NULL,
  updates BLOB NOT NULL,
  PRIMARY KEY (fetch_id, position)
) STRICT, WITHOUT ROWID;
)";

/// Where the branches that are gone stood. Not columns of branch_sync_status: every document reads
/// all rows of its project there, and a month of deleted branches outnumbers the living ones.
inline constexpr const char* schema_2 = R"(
CREATE TABLE gone_branches (
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  branch TEXT NOT NULL,
  upstream TEXT NOT NULL,
  local_oid BLOB CHECK (length(local_oid) = 20),
  gone_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, branch)
) STRICT, WITHOUT ROWID;
CREATE INDEX gone_branches_by_age ON gone_branches (gone_at);
)";

/// What a fetch brought and where its time went. The steps are one value, "pack 5000 refs 200" in
/// microseconds: they are shown and never searched, and another step needs no other schema.
inline constexpr const char* schema_3 = R"(
ALTER TABLE fetch_history_remotes ADD COLUMN steps TEXT NOT NULL DEFAULT '';
ALTER TABLE fetch_history_remotes ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fetch_history_remotes ADD COLUMN objects INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fetch_history_remotes ADD COLUMN backend TEXT NOT NULL DEFAULT 'auto';
)";

/// How long fetches of a remote usually take, so that a large one has enough time after a restart.
inline constexpr const char* schema_4 = R"(
ALTER TABLE project_remote_sync ADD COLUMN usual_ms INTEGER NOT NULL DEFAULT 0;
)";

/// Whether a person has suspended the project.
inline constexpr const char* schema_5 = R"(
ALTER TABLE projects ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;
)";

}  // namespace headway::db
