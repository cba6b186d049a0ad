#include <algorithm>

#include <tests/storage/db/fixture.hpp>

#include <storage/db/care.hpp>
#include <storage/db/connection.hpp>
#include <storage/db/database_file.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

const wall_time now = at(1'764'025'262'000);
constexpr std::size_t page_size = 4096;

struct rescue_fixture : store_fixture {
  void fill() const {
    auto writer = open();
    std::vector<db::write> batch{project("gone"), delete_project{{"gone"}}};
    for (int i = 0; i < 200; ++i) {
      const auto slug = "p" + std::to_string(1'000 + i);
      batch.push_back(project(slug));
      batch.push_back(status_of(slug, {branch("main", 1, 0)}));
    }
    for (std::uint64_t id = 1; id <= 300; ++id)
      batch.push_back(fetch(id, "p1000"));
    must(writer->apply(batch));
  }

  /// Overwrites the `n`-th leaf page (from 0) of a table or index.
  void damage(const std::string& name, std::size_t n) const {
    std::int64_t page = 0;
    {
      const auto db = must(connection::open_read_only(file));
      page = must(
          db->integer(("SELECT pageno FROM dbstat WHERE name = '" + name +
                       "' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET " + std::to_string(n))
                          .c_str()));
    }
    BOOST_REQUIRE(page > 1);
    auto bytes = box.read(file);
    bytes.replace(static_cast<std::size_t>(page - 1) * page_size, page_size,
                  std::string(page_size, '\xa5'));
    box.write(file, bytes);
  }

  std::string whole() const { return box.read(file); }

  /// The projects that a node has after a rescue.
  std::size_t projects_after() const { return must(open()->load()).projects.size(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rescue, rescue_fixture)

BOOST_AUTO_TEST_CASE(a_registry_that_can_be_read_is_kept_whole) {
  fill();
  damage("branch_sync_status", 0);
  const auto damaged = whole();
  BOOST_TEST(contains(words(open()->load()), "corrupt"));
  const auto report = must(db::rescue(directory, now));
  BOOST_TEST(report.set_aside == file + ".corrupt-20251124T230102Z");
  BOOST_TEST((box.read(report.set_aside) == damaged));
  BOOST_TEST(report.salvaged == 200u);
  BOOST_TEST(report.restored == 0u);
  BOOST_TEST(report.backup == "");
  auto writer = open();
  const auto state = must(writer->load());
  BOOST_TEST(state.projects.size() == 200u);
  BOOST_TEST(state.projects.at(0).path == "/srv/p1000");
  // Derived rows are computed anew, and neither names nor ids are given to others.
  BOOST_TEST((state.projects.at(0).last_status == nullptr));
  BOOST_TEST(state.retired.at(0).first.slug == "gone");
  BOOST_TEST(state.last_fetch.value >= 300u);
  must(writer->apply({project("next"), status_of("p1000", {branch("main", 0, 0)})}));
}

BOOST_AUTO_TEST_CASE(a_lost_page_of_the_registry_costs_what_was_on_it) {
  fill();
  damage("projects", 1);
  const auto report = must(db::rescue(directory, now));
  BOOST_TEST(report.salvaged > 50u);
  BOOST_TEST(report.salvaged < 200u);
  BOOST_TEST(projects_after() == report.salvaged);
}

BOOST_AUTO_TEST_CASE(a_backup_completes_what_cannot_be_read) {
  fill();
  must(back_up(directory, usual_backup(directory)));
  must(open()->apply({project("newer")}));
  damage("projects", 0);
  const auto report = must(db::rescue(directory, now));
  BOOST_TEST(report.backup == usual_backup(directory));
  BOOST_TEST(report.restored > 0u);
  BOOST_TEST(report.salvaged + report.restored == 201u);
  BOOST_TEST(projects_after() == 201u);
}

BOOST_AUTO_TEST_CASE(a_backup_stands_in_for_a_file_that_is_none_any_more) {
  fill();
  must(back_up(directory, usual_backup(directory)));
  for (const auto& rubbish : {std::string{}, std::string(10'000, 'x')}) {
    box.write(file, rubbish);
    const auto report = must(db::rescue(directory, now));
    BOOST_TEST(report.salvaged == 0u);
    BOOST_TEST(report.restored == 200u);
    BOOST_TEST((box.read(report.set_aside) == rubbish));
    // Whatever was fetched after the backup has an id of its own.
    BOOST_TEST(must(open()->load()).last_fetch.value > 300u);
  }
}

BOOST_AUTO_TEST_CASE(the_newest_backup_is_taken) {
  fill();
  const auto older = file + ".v1.bak";
  must(back_up(directory, older));
  std::filesystem::last_write_time(
      older, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  must(open()->apply({project("newer")}));
  must(back_up(directory, usual_backup(directory)));
  box.write(file, "");
  BOOST_TEST(must(db::rescue(directory, now)).restored == 201u);
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_saved_nothing_is_changed) {
  fill();
  box.write(file, std::string(10'000, 'x'));
  const auto refused = words(db::rescue(directory, now));
  BOOST_TEST(contains(refused, "corrupt"), refused);
  BOOST_TEST(contains(refused, file), refused);
  BOOST_TEST(contains(refused, "headway db restore"), refused);
  BOOST_TEST((whole() == std::string(10'000, 'x')));
}

BOOST_AUTO_TEST_CASE(a_log_goes_aside_with_its_database) {
  fill();
  box.write(file + "-wal", "the log");
  box.write(file, std::string(10'000, 'x'));
  box.write(usual_backup(directory), "");
  std::filesystem::remove(usual_backup(directory));
  {
    const auto copy = (box / "other").string();
    auto other = must(db::store::open({.directory = copy}));
    must(other->apply({project("a")}));
    must(back_up(copy, usual_backup(directory)));
  }
  const auto report = must(db::rescue(directory, now));
  BOOST_TEST(box.read(report.set_aside + "-wal") == "the log");
  BOOST_TEST(projects_after() == 1u);
}

BOOST_AUTO_TEST_CASE(damage_on_any_page_never_costs_a_start) {
  fill();
  const auto good = whole();
  for (std::size_t page = 1; page < good.size() / page_size; ++page) {
    BOOST_TEST_CONTEXT("page " << page) {
      auto damaged = good;
      damaged.replace(page * page_size, page_size, std::string(page_size, '\xa5'));
      box.write(file, damaged);
      auto report = db::rescue(directory, now);
      if (!report) {
        BOOST_TEST((code_of(report.error()) == ec::corrupt));
        BOOST_TEST((whole() == damaged));
        continue;
      }
      BOOST_TEST(projects_after() == report->salvaged);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
