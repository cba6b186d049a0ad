#include <array>
#include <vector>

#include <tests/storage/db/fixture.hpp>

#include <storage/db/connection.hpp>
#include <storage/db/durable_file.hpp>
#include <storage/db/migrations.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

struct migrations_fixture : store_fixture {
  /// A store of the present version with something in it.
  void fill() const { must(open()->apply({project("a"), fetch(5, "a")})); }

  /// A database as the version with so many schema steps left it, with something in each table that
  /// it had.
  void fill_at(std::size_t version) const {
    std::filesystem::create_directories(directory);
    must(create_private_file(file));
    const auto db = raw();
    must(initialise(*db));
    must(migrate(*db, db::migrations().first(version)));
    for (std::size_t step = 0; step < version; ++step)
      must(db->execute(content_of_step[step]));
  }

  /// Rows for the tables of each step; a new step adds its own.
  static constexpr std::array<const char*, 5> content_of_step{
      R"(INSERT INTO projects (slug, path, added_at, state, as_of) VALUES ('a', '/srv/a', 1, 'fresh', 2);
         INSERT INTO projects (slug, path, added_at, retired_at) VALUES ('old', '/srv/old', 1, 2);
         INSERT INTO branch_sync_status VALUES (1, 'main', 'origin', 1, 'origin/main',
           zeroblob(20), zeroblob(20), 0, 3, 'behind', '', 1, 0);
         INSERT INTO project_remote_sync (project_id, remote, url, last_success, outcome, code, error,
           next_due, failures)
           VALUES (1, 'origin', 'https://example.org/a', 1, 'unchanged', 0, '', 9, 0);
         INSERT INTO fetch_history VALUES (5, 'a', 'due', 1, 2);
         INSERT INTO fetch_history_remotes (fetch_id, position, remote, outcome, code, error, started,
           finished, queued_ms, probe_ms, transfer_ms, updates)
           VALUES (5, 0, 'origin', 'unchanged', 0, '', 1, 2, 0, 7, 0, x'');)",
      R"(INSERT INTO gone_branches VALUES (1, 'topic', 'origin/topic', zeroblob(20), 7);)",
      R"(UPDATE fetch_history_remotes SET steps = 'pack 5000', bytes = 400, objects = 3,
           backend = 'native';)",
      R"(UPDATE project_remote_sync SET usual_ms = 7000;)",
      R"(UPDATE projects SET suspended = 1 WHERE slug = 'a';)"};

  std::unique_ptr<connection> raw() const { return must(connection::open_read_write(file)); }

  std::string content() const { return box.read(file); }

  static std::vector<migration> with(migration step) {
    const auto known = db::migrations();
    std::vector<migration> steps(known.begin(), known.end());
    steps.push_back(step);
    return steps;
  }
};

const migration add_notes{"notes",
                          "CREATE TABLE notes (text TEXT) STRICT;"
                          "INSERT INTO notes VALUES ('new')"};
const migration broken{"broken",
                       "CREATE TABLE notes (text TEXT) STRICT; INSERT INTO nowhere VALUES (1)"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(migrations, migrations_fixture)

BOOST_AUTO_TEST_CASE(a_new_step_is_taken_after_a_backup_and_keeps_the_data) {
  fill();
  const auto steps = with(add_notes);
  const auto db = raw();
  must(migrate(*db, steps));
  BOOST_TEST(must(db->integer("PRAGMA user_version")) == static_cast<std::int64_t>(steps.size()));
  BOOST_TEST(must(db->text("SELECT text FROM notes")) == "new");
  BOOST_TEST(must(db->integer("SELECT count(*) FROM projects")) == 1);

  const auto backup = must(connection::open_read_only(backup_of(file, steps.size() - 1)));
  BOOST_TEST(must(backup->text("PRAGMA integrity_check")) == "ok");
  BOOST_TEST(must(schema_version(*backup, db::migrations())) == db::migrations().size());
  BOOST_TEST(must(backup->text("SELECT slug FROM projects")) == "a");
  BOOST_TEST(must(backup->integer("SELECT seq FROM sqlite_sequence")) == 5);
  BOOST_TEST(words(backup->text("SELECT text FROM notes")) != "");
}

BOOST_AUTO_TEST_CASE(the_backup_can_take_the_place_of_the_database) {
  fill();
  const auto steps = with(add_notes);
  {
    const auto db = raw();
    db->checkpoint_on_close();
    must(migrate(*db, steps));
  }
  std::filesystem::rename(backup_of(file, steps.size() - 1), file);
  const auto state = must(open()->load());
  BOOST_TEST(state.projects.at(0).id.slug == "a");
  BOOST_TEST(state.last_fetch.value == 5u);
}

BOOST_AUTO_TEST_CASE(every_older_version_is_brought_up_to_date_with_all_it_holds) {
  const auto newest = db::migrations().size();
  BOOST_REQUIRE(content_of_step.size() == newest);
  for (std::size_t version = 1; version <= newest; ++version) {
    BOOST_TEST_CONTEXT("version " << version) {
      std::filesystem::remove_all(directory);
      fill_at(version);
      auto writer = open();
      const auto state = must(writer->load());
      BOOST_TEST(state.projects.at(0).id.slug == "a");
      BOOST_TEST(state.projects.at(0).remotes.at(0).remote == "origin");
      BOOST_TEST(state.projects.at(0).last_status->branches.at(0).behind.value() == 3u);
      BOOST_TEST((state.projects.at(0).activity ==
                  (version >= 5 ? project_activity::suspended : project_activity::active)));
      BOOST_TEST(state.retired.at(0).first.slug == "old");
      BOOST_TEST(state.last_fetch.value == 5u);
      const auto remotes = must(writer->find_fetch({5})).remotes;
      BOOST_REQUIRE(remotes.size() == 1u);
      BOOST_TEST(remotes[0].timing.probe.count() == 7);
      BOOST_TEST(remotes[0].timing.steps.pack.count() == (version >= 3 ? 5'000 : 0));
      BOOST_TEST(remotes[0].bytes == (version >= 3 ? 400u : 0u));
      const auto gone = must(must(reader::open(file))->gone_branches({"a"}));
      BOOST_TEST(gone.size() == (version >= 2 ? 1u : 0u));
      // It works as a new one does.
      must(writer->apply({status_of("a", {branch("next", 1, 0)}), project("b")}));
      BOOST_TEST(must(writer->load()).projects.size() == 2u);
      BOOST_TEST(std::filesystem::exists(backup_of(file, version)) == (version < newest));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_backup_before_a_step_is_opened_by_the_version_that_made_it) {
  for (std::size_t version = 1; version < db::migrations().size(); ++version) {
    std::filesystem::remove_all(directory);
    fill_at(version);
    open().reset();
    const auto backup = must(connection::open_read_only(backup_of(file, version)));
    BOOST_TEST(must(schema_version(*backup, db::migrations().first(version))) == version);
    BOOST_TEST(must(backup->text("PRAGMA integrity_check")) == "ok");
    BOOST_TEST(must(backup->integer("SELECT count(*) FROM projects")) == 2);
  }
}

BOOST_AUTO_TEST_CASE(an_up_to_date_database_is_left_alone) {
  fill();
  const auto before = content();
  must(migrate(*raw(), db::migrations()));
  BOOST_TEST(!std::filesystem::exists(backup_of(file, db::migrations().size())));
  BOOST_TEST((content() == before));
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_is_undone_named_and_can_be_tried_again) {
  fill();
  const auto refused = words(migrate(*raw(), with(broken)));
  BOOST_TEST(contains(refused, "broken"));
  BOOST_TEST(contains(refused, "nowhere"));
  BOOST_TEST(must(schema_version(*raw(), db::migrations())) == db::migrations().size());
  BOOST_TEST(words(raw()->text("SELECT text FROM notes")) != "");
  must(migrate(*raw(), with(add_notes)));
  BOOST_TEST(must(raw()->text("SELECT text FROM notes")) == "new");
}

BOOST_AUTO_TEST_CASE(steps_before_a_failing_one_stay_taken) {
  fill();
  auto steps = with(add_notes);
  steps.push_back({"later", "INSERT INTO nowhere VALUES (1)"});
  BOOST_TEST(words(migrate(*raw(), steps)) != "");
  BOOST_TEST(must(raw()->integer("PRAGMA user_version")) ==
             static_cast<std::int64_t>(steps.size() - 1));
}

BOOST_AUTO_TEST_CASE(a_database_of_a_newer_version_is_refused_and_stays_as_it_is) {
  fill();
  must(migrate(*raw(), with(add_notes)));
  const auto before = content();
  const auto refused = words(db::store::open({.directory = directory}));
  BOOST_TEST(contains(refused, "newer_schema"));
  BOOST_TEST(contains(refused, file));
  const auto known = db::migrations().size();
  BOOST_TEST(contains(refused, "version " + std::to_string(known + 1)));
  BOOST_TEST(contains(refused, "up to " + std::to_string(known)));
  BOOST_TEST((content() == before));
  BOOST_TEST(contains(words(reader::open(file)), "newer_schema"));
}

BOOST_AUTO_TEST_CASE(a_database_of_another_program_is_refused_and_stays_as_it_is) {
  for (const char* sql : {"CREATE TABLE t (x)", "PRAGMA application_id = 5; CREATE TABLE t (x)",
                          "PRAGMA journal_mode = WAL; CREATE TABLE t (x)"}) {
    std::filesystem::create_directories(directory);
    must(create_private_file(file));
    must(raw()->execute(sql));
    const auto before = content();
    const auto refused = words(db::store::open({.directory = directory}));
    BOOST_TEST(contains(refused, "config"));
    BOOST_TEST(contains(refused, file));
    BOOST_TEST((content() == before));
    std::filesystem::remove_all(directory);
  }
}

BOOST_AUTO_TEST_CASE(a_creation_that_was_cut_short_is_begun_again) {
  std::filesystem::create_directories(directory);
  box.write(file + ".new", "half a database");
  box.write(file + "-wal", "the log of a database that is gone");
  must(open()->apply({project("a")}));
  BOOST_TEST(must(open()->load()).projects.size() == 1u);
  BOOST_TEST(!std::filesystem::exists(file + ".new"));
}

BOOST_AUTO_TEST_SUITE_END()
