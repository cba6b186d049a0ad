#include <boost/test/unit_test.hpp>

#include <tools/headwayd/options.hpp>

namespace headway::test {

using namespace tools;

namespace {

node_options understood(std::vector<std::string> arguments) {
  auto parsed = parse_node_options(std::move(arguments));
  if (const auto* end = std::get_if<early_end>(&parsed))
    BOOST_FAIL(end->errors + end->output);
  return std::get<node_options>(parsed);
}

early_end ended(std::vector<std::string> arguments) {
  auto parsed = parse_node_options(std::move(arguments));
  BOOST_REQUIRE(std::holds_alternative<early_end>(parsed));
  return std::get<early_end>(parsed);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(node_options)

BOOST_AUTO_TEST_CASE(without_arguments_it_serves) {
  const auto options = understood({});
  BOOST_CHECK(options.task == tools::node_options::work::serve);
  BOOST_CHECK(options.keeps == tools::node_options::memory::data_directory);
  BOOST_CHECK(!options.config_file);
}

BOOST_AUTO_TEST_CASE(repeatable_options_keep_their_order) {
  const auto options = understood({"--set", "a.b=1", "--set", "a.b=2", "--set=c.d=[x, y]",
                                   "--discover", "x", "--discover", "y", "--add", "z"});
  BOOST_TEST(options.overrides == (std::vector<std::string>{"a.b=1", "a.b=2", "c.d=[x, y]"}));
  BOOST_TEST(options.discover == (std::vector<std::string>{"x", "y"}));
  BOOST_TEST(options.add == std::vector<std::string>{"z"});
}

BOOST_AUTO_TEST_CASE(each_flag_has_its_meaning) {
  BOOST_CHECK(understood({"--check-config"}).task == tools::node_options::work::check_config);
  BOOST_CHECK(understood({"--print-config"}).task == tools::node_options::work::print_config);
  BOOST_CHECK(understood({"--in-memory"}).keeps == tools::node_options::memory::none);
  BOOST_TEST(understood({"--status-table"}).status_table);
  BOOST_TEST(*understood({"--config", "f"}).config_file == "f");
  BOOST_TEST(*understood({"--log-level", "debug"}).log_level == "debug");
}

BOOST_AUTO_TEST_CASE(help_and_version_are_no_errors) {
  const auto help = ended({"--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.output.find("--print-config") != std::string::npos);
  const auto version = ended({"--version"});
  BOOST_TEST(version.status == 0);
  BOOST_TEST(version.output.starts_with("headwayd 0."));
  BOOST_TEST(version.output.find("CAF 0.17.6") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_usage_ends_with_two_and_is_named) {
  for (const auto* wrong : {"--nonsense", "stray", "--config", "--set"}) {
    const auto end = ended({wrong});
    BOOST_TEST(end.status == 2);
    BOOST_TEST(end.output == "");
    BOOST_TEST(end.errors.starts_with("headwayd: "));
    BOOST_TEST(end.errors.find(wrong) != std::string::npos);
  }
  BOOST_TEST(ended({"--check-config", "--print-config"}).status == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
