#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <tests/support/sandbox.hpp>
#include <unistd.h>

#include <tools/headwayd/log.hpp>

namespace headway::test {

using namespace tools;

namespace {

/// What is written to standard error while `work` runs.
template <class Work>
std::string errors_of(Work work) {
  const sandbox box;
  const auto file = box / "errors";
  const int before = ::dup(STDERR_FILENO);
  const int caught = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ::dup2(caught, STDERR_FILENO);
  work();
  ::dup2(before, STDERR_FILENO);
  ::close(caught);
  ::close(before);
  return box.read(file);
}

log_config config_with(log_config::line_format format, std::vector<std::string> parts = {}) {
  log_config config;
  config.format = format;
  config.parts = std::move(parts);
  return config;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log)

BOOST_AUTO_TEST_CASE(a_line_of_json_holds_any_message) {
  const auto text = errors_of([] {
    make_log(config_with(log_config::line_format::json), log_surroundings::alone)
        ->warn("a \"quoted\"\nline\x1b[31m and \xff");
  });
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 1);
  const auto line = boost::json::parse(text);
  BOOST_TEST(line.at("level").as_string() == "warning");
  BOOST_TEST(line.at("part").as_string() == "headwayd");
  BOOST_TEST(line.at("message").as_string() == "a \"quoted\"\nline\x1b[31m and \xEF\xBF\xBD");
  BOOST_TEST(line.at("time").as_string().size() == 24u);
}

BOOST_AUTO_TEST_CASE(the_journal_gets_priorities_and_no_time) {
  const auto text = errors_of([] {
    const auto made =
        make_log(config_with(log_config::line_format::text), log_surroundings::journal);
    made->info("all is well");
    made->error("nothing is");
  });
  BOOST_TEST(text == "<6>all is well\n<3>nothing is\n");
}

BOOST_AUTO_TEST_CASE(parts_have_levels_of_their_own) {
  const auto common = make_log(config_with(log_config::line_format::text), log_surroundings::alone);
  const part_logs logs{common, common->clone("http"), common->clone("prober")};
  const auto unknown = set_levels(
      logs, config_with(log_config::line_format::text, {"http=debug", "prober=error", "htp=info"}));
  BOOST_TEST((unknown == std::vector<std::string>{"htp"}));
  BOOST_TEST((logs[0]->level() == spdlog::level::info));
  BOOST_TEST((logs[1]->level() == spdlog::level::debug));
  BOOST_TEST((logs[2]->level() == spdlog::level::err));
  set_levels(logs, config_with(log_config::line_format::text));
  BOOST_TEST((logs[1]->level() == spdlog::level::info));
}

BOOST_AUTO_TEST_CASE(the_journal_is_known_by_its_file) {
  const auto says = [](std::string stream) {
    return is_journal([&](std::string_view) { return std::optional{stream}; });
  };
  BOOST_TEST(!says("1:2"));
  BOOST_TEST(!says(""));
  BOOST_TEST(!is_journal([](std::string_view) { return std::optional<std::string>{}; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
