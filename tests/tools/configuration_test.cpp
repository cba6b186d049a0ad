#include <map>

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <tools/headwayd/configuration.hpp>

namespace headway::test {

using namespace tools;

namespace {

struct person {
  sandbox box;

  environment variables() const {
    return [home = box.root().string()](std::string_view name) -> std::optional<std::string> {
      return name == "HOME" ? std::optional{home} : std::nullopt;
    };
  }
  std::filesystem::path usual_file() const { return box / ".config/headway/headwayd.toml"; }
  void write_usual_file(const std::string& text) const {
    std::filesystem::create_directories(usual_file().parent_path());
    box.write(usual_file(), text);
  }
  node_configuration configured(const node_options& options = {}) const {
    return configure(options, variables());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(configuration, person)

BOOST_AUTO_TEST_CASE(without_a_file_the_defaults_apply_with_a_data_directory_of_the_person) {
  const auto found = configured();
  BOOST_TEST(found.problems.empty());
  BOOST_CHECK(!found.file);
  auto expected = node_config{};
  expected.engine.database.directory = (box / ".local/state/headway").string();
  expected.engine.graph.cache_directory = (box / ".cache/headway").string();
  BOOST_CHECK(found.config == expected);
}

BOOST_AUTO_TEST_CASE(the_usual_file_is_read_if_there) {
  write_usual_file("[http]\nport = 1234\n");
  const auto found = configured();
  BOOST_TEST(found.problems.empty());
  BOOST_TEST(found.file->string() == usual_file().string());
  BOOST_TEST(found.config.http.port == 1234);
}

BOOST_AUTO_TEST_CASE(a_named_file_comes_instead_of_the_usual_one) {
  write_usual_file("[http]\nport = 1234\n");
  box.write(box / "mine.toml", "[http]\nport = 4321\n");
  BOOST_TEST(configured({.config_file = (box / "mine.toml").string()}).config.http.port == 4321);
}

BOOST_AUTO_TEST_CASE(a_named_file_must_be_there) {
  const auto found = configured({.config_file = (box / "mine.toml").string()});
  BOOST_REQUIRE(found.problems.size() == 1u);
  BOOST_TEST(to_string(found.problems.front()).find("mine.toml") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(flags_go_over_the_file) {
  write_usual_file("[http]\nport = 1234\n[log]\nlevel = \"error\"\n");
  const auto found =
      configured({.overrides = {"http.port=1", "http.port=2"}, .log_level = "debug"});
  BOOST_TEST(found.problems.empty());
  BOOST_TEST(found.config.http.port == 2);
  BOOST_CHECK(found.config.log.level == log_config::level_name::debug);
}

BOOST_AUTO_TEST_CASE(everything_wrong_is_told_at_once) {
  write_usual_file("[http]\nport = \"x\"\nnonsense = 1\n");
  const auto found = configured({.overrides = {"a.b=1"}, .log_level = "loud"});
  BOOST_TEST(found.problems.size() == 4u);
  BOOST_TEST(found.problems.back().file == "--log-level");
}

BOOST_AUTO_TEST_CASE(flags_may_contradict_the_file) {
  write_usual_file("[fetch]\nmin_interval = \"1 h\"\n");
  BOOST_TEST(configured({.overrides = {"fetch.max_interval=1 min"}}).problems.size() == 1u);
}

BOOST_AUTO_TEST_CASE(memory_only_when_asked_for) {
  BOOST_TEST(configured({.keeps = node_options::memory::none}).config.engine.database.directory ==
             "");
  BOOST_TEST(
      configured({.keeps = node_options::memory::none}).config.engine.graph.cache_directory == "");
  write_usual_file("[database]\ndirectory = \"/srv/data\"\n");
  BOOST_TEST(configured().config.engine.database.directory == "/srv/data");
}

BOOST_AUTO_TEST_CASE(a_person_without_a_home_is_told_what_to_set) {
  const auto nobody = [](std::string_view) { return std::optional<std::string>{}; };
  const auto found = configure({}, nobody);
  BOOST_REQUIRE(found.problems.size() == 1u);
  BOOST_TEST(found.problems.front().key == "database.directory");
  BOOST_TEST(configure({.overrides = {"database.directory=/d"}}, nobody).problems.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
