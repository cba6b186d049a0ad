#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/engine.hpp>
#include <tools/survey/survey.hpp>

namespace headway::test {

using namespace tools;

namespace {

pace onwards(const char*, std::size_t, std::size_t) {
  return pace::go_on;
}

engine_config small_engine() {
  engine_config config;
  config.fetch.background = fetch_config::background_mode::off;
  config.fetch.allowed_schemes = known_schemes;
  return config;
}

struct surveyed_engine {
  sandbox box;
  engine core{small_engine()};

  surveyed_engine() { BOOST_REQUIRE(!core.start()); }
  ~surveyed_engine() { core.stop(); }
  std::vector<std::string> clones(int count) {
    box.init("origin");
    box.commit(box / "origin", "one");
    std::vector<std::string> paths;
    for (int i = 0; i < count; ++i) {
      const auto name = "p" + std::to_string(i);
      box.git(box.root(), {"clone", "--quiet", "origin", name});
      paths.push_back((box / name).string());
    }
    return paths;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(survey, surveyed_engine)

BOOST_AUTO_TEST_CASE(all_are_added_computed_and_fetched) {
  const auto paths = clones(5);
  const auto added = add_all(core, paths, onwards);
  BOOST_TEST(added.complete);
  BOOST_TEST(added.troubles.empty());
  BOOST_TEST(status_of_all(core, onwards).statuses.size() == 5u);
  box.commit(box / "origin", "two");
  BOOST_TEST(fetch_all(core, onwards).troubles.empty());
  const auto found = status_of_all(core, onwards);
  BOOST_REQUIRE(found.statuses.size() == 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    BOOST_TEST(found.statuses[i]->project.slug == "p" + std::to_string(i));
    BOOST_TEST(found.statuses[i]->branches.at(0).behind.value() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_added_is_told_and_the_rest_is_added) {
  auto paths = clones(1);
  paths.push_back((box / "nowhere").string());
  const auto added = add_all(core, paths, onwards);
  BOOST_REQUIRE(added.troubles.size() == 1u);
  BOOST_TEST(added.troubles[0].subject == (box / "nowhere").string());
  BOOST_TEST(status_of_all(core, onwards).statuses.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_there_already_is_no_trouble) {
  const auto paths = clones(1);
  add_all(core, paths, onwards);
  BOOST_TEST(add_all(core, paths, onwards).troubles.empty());
}

BOOST_AUTO_TEST_CASE(a_project_without_a_remote_is_no_trouble) {
  const auto lonely = box.init("lonely");
  add_all(core, {lonely.string()}, onwards);
  status_of_all(core, onwards);
  BOOST_TEST(fetch_all(core, onwards).troubles.empty());
}

BOOST_AUTO_TEST_CASE(an_interrupted_survey_says_so) {
  const auto added =
      add_all(core, clones(2), [](const char*, std::size_t, std::size_t) { return pace::stop; });
  BOOST_TEST(!added.complete);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
