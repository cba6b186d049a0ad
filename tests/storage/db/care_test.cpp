#include <algorithm>

#include <tests/storage/db/fixture.hpp>

#include <storage/db/care.hpp>
#include <storage/db/connection.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

const wall_time now = at(1'764'025'262'000);  // 2025-11-24T23:01:02Z

struct care_fixture : store_fixture {
  void fill(std::uint64_t fetches = 500) const {
    auto writer = open();
    std::vector<db::write> batch{project("a"), project("b"),
                                 status_of("a", {branch("main", 1, 0), branch("topic", 0, 1)})};
    for (std::uint64_t id = 1; id <= fetches; ++id)
      batch.push_back(fetch(id, "a"));
    must(writer->apply(batch));
  }

  std::vector<std::string> projects() const {
    std::vector<std::string> slugs;
    for (const auto& x : must(open()->load()).projects)
      slugs.push_back(x.id.slug);
    return slugs;
  }

  std::size_t files_named(const std::string& part) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        std::filesystem::directory_iterator{directory},
        [&](const auto& entry) { return contains(entry.path().filename().string(), part); }));
  }
};

using slugs = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(care, care_fixture)

BOOST_AUTO_TEST_CASE(a_healthy_database_has_no_problems_beside_a_node_and_alone) {
  fill();
  const auto node = open();
  must(node->apply({project("c")}));
  const auto report = must(check(directory));
  BOOST_TEST(report.problems.empty());
  BOOST_TEST(report.projects == 3u);
  BOOST_TEST(report.branches == 2u);
  BOOST_TEST(report.schema_version == 5u);
  BOOST_TEST(report.bytes > 40'000u);
}

BOOST_AUTO_TEST_CASE(damage_anywhere_is_found) {
  fill();
  const auto whole = box.read(file);
  for (std::size_t page = 1; page < whole.size() / 4096; ++page) {
    auto damaged = whole;
    damaged.replace(page * 4096, 4096, std::string(4096, '\xa5'));
    box.write(file, damaged);
    const auto report = check(directory);
    BOOST_TEST((!report || !report->problems.empty()), "page " << page);
    BOOST_TEST((box.read(file) == damaged));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_named) {
  for (const auto& refused : {words(check(directory)), words(compact(directory)),
                              words(back_up(directory, (box / "copy").string())),
                              words(restore(directory, (box / "copy").string(), now))})
    BOOST_TEST(contains(refused, "not_found"), refused);
}

BOOST_AUTO_TEST_CASE(a_backup_is_made_while_the_node_writes) {
  fill();
  const auto node = open();
  const auto copy = (box / "copy.db").string();
  must(node->apply({project("live")}));
  must(back_up(directory, copy));
  must(node->apply({project("later")}));
  const auto db = must(connection::open_read_only(copy));
  BOOST_TEST(must(db->text("PRAGMA integrity_check")) == "ok");
  BOOST_TEST(must(db->integer("SELECT count(*) FROM projects WHERE slug = 'live'")) == 1);
  BOOST_TEST(must(db->integer("SELECT count(*) FROM projects WHERE slug = 'later'")) == 0);
  BOOST_TEST(node->stats().failures == 0u);
  // Another one takes its place as a whole.
  must(back_up(directory, copy));
  BOOST_TEST(!std::filesystem::exists(copy + ".new"));
}

BOOST_AUTO_TEST_CASE(a_backup_that_cannot_be_written_leaves_the_one_before) {
  fill();
  const auto refused = words(back_up(directory, (box / "nowhere" / "copy.db").string()));
  BOOST_TEST(contains(refused, "nowhere"), refused);
  BOOST_TEST(contains(words(back_up(directory, file)), "invalid_argument"));
  BOOST_TEST(projects().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_restored_backup_takes_the_place_and_what_was_there_is_kept) {
  fill();
  must(back_up(directory, usual_backup(directory)));
  must(open()->apply({project("new"), delete_project{{"a"}}}));
  const auto kept = must(restore(directory, usual_backup(directory), now));
  BOOST_TEST(kept == file + ".replaced-20251124T230102Z");
  BOOST_TEST((projects() == slugs{"a", "b"}));
  BOOST_TEST(must(must(connection::open_read_only(kept))
                      ->integer("SELECT count(*) FROM projects WHERE slug = 'new'")) == 1);
  // Twice in a second gets another name.
  BOOST_TEST(must(restore(directory, usual_backup(directory), now)) == kept + ".2");
}

BOOST_AUTO_TEST_CASE(a_backup_is_restored_where_nothing_is) {
  fill();
  const auto copy = (box / "copy.db").string();
  must(back_up(directory, copy));
  std::filesystem::remove_all(directory);
  BOOST_TEST(must(restore(directory, copy, now)) == "");
  BOOST_TEST((projects() == slugs{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(nothing_is_replaced_under_a_node_that_runs) {
  fill();
  must(back_up(directory, usual_backup(directory)));
  const auto node = open();
  BOOST_TEST(contains(words(restore(directory, usual_backup(directory), now)), "in_use"));
  BOOST_TEST(contains(words(compact(directory)), "in_use"));
  BOOST_TEST(contains(words(rescue(directory, now)), "in_use"));
  BOOST_TEST(must(node->load()).projects.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_backup_that_is_damaged_or_none_changes_nothing) {
  fill();
  const auto copy = (box / "copy.db").string();
  must(back_up(directory, copy));
  auto bytes = box.read(copy);
  bytes.replace(2 * 4096, 4096, std::string(4096, '\xa5'));
  box.write(copy, bytes);
  BOOST_TEST(contains(words(restore(directory, copy, now)), "corrupt"));
  box.write(copy, "no database at all, but long enough to be looked at" + std::string(600, 'x'));
  BOOST_TEST(contains(words(restore(directory, copy, now)), "corrupt"));
  BOOST_TEST(files_named("replaced") == 0u);
  BOOST_TEST((projects() == slugs{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(compacting_gives_back_what_is_free) {
  fill(20'000);
  auto db = must(connection::open_read_write(file));
  must(db->execute("DELETE FROM fetch_history_remotes"));
  db.reset();
  const auto sizes = must(compact(directory));
  BOOST_TEST(sizes.after < sizes.before / 2);
  BOOST_TEST(sizes.after == std::filesystem::file_size(file));
  BOOST_TEST((projects() == slugs{"a", "b"}));
}

BOOST_AUTO_TEST_SUITE_END()
