#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <boost/test/unit_test.hpp>

#include <config/load.hpp>
#include <config/options.hpp>
#include <config/print.hpp>

BOOST_AUTO_TEST_SUITE(print)

using namespace headway;
using namespace std::chrono_literals;

namespace {

/// Fails the test if `text` is accepted, but does not survive being printed and read again.
bool survives_if_accepted(const std::string& text) {
  const auto first = load_text(text, "mutated");
  if (!first.ok())
    return std::ranges::none_of(first.diagnostics, &std::string::empty, &diagnostic::message);
  const auto printed = print_config(first.config);
  const auto second = load_text(printed, "printed");
  return second.ok() && second.config == first.config && print_config(second.config) == printed;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_example_file_is_the_one_that_the_table_makes) {
  std::ifstream file{HEADWAY_EXAMPLE_CONFIG, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  BOOST_TEST_REQUIRE(!text.empty());
  BOOST_TEST(text == example_config());
}

BOOST_AUTO_TEST_CASE(the_example_file_says_the_defaults) {
  const auto result = load_file(HEADWAY_EXAMPLE_CONFIG);
  BOOST_TEST(to_string(result.diagnostics) == "");
  BOOST_TEST((result.config == node_config{}));
}

BOOST_AUTO_TEST_CASE(every_option_stands_in_the_example_file_with_its_meaning) {
  std::istringstream lines{example_config()};
  std::string line, section, words;
  std::size_t found = 0;
  while (std::getline(lines, line)) {
    BOOST_TEST(line.size() <= 100u, line);
    if (line.starts_with('['))
      section = line.substr(1, line.size() - 2);
    if (line.starts_with("# "))
      words += line.substr(2) + " ";
    if (const auto equals = line.find(" = "); equals != line.npos && !line.starts_with('#')) {
      const auto* option = find_option(section + "." + line.substr(0, equals));
      BOOST_TEST_REQUIRE(option != nullptr, line);
      BOOST_TEST(words.find(option->meaning) != words.npos, option->key);
      BOOST_TEST(words.find(option->change == option_change::while_running
                                ? "Changes while running."
                                : "A change needs a restart.") != words.npos);
      words.clear();
      ++found;
    }
  }
  BOOST_TEST(found == config_options().size());
}

BOOST_AUTO_TEST_CASE(a_printed_configuration_is_read_as_an_equal_one) {
  node_config config;
  config.engine.seed = 42;
  config.engine.graph.walk_budget = 1'000;
  config.engine.fetch.background = fetch_config::background_mode::off;
  config.engine.fetch.backend = fetch_config::backend_choice::native;
  config.engine.fetch.update = fetch_config::update_mode::prefetch;
  config.engine.fetch.max_pack_size = 3u << 20;
  config.engine.fetch.min_interval = 90'001ms;
  config.engine.fetch.allowed_schemes = {};
  config.engine.database.directory = "/var/lib/\"quoted\" \\ and\nä";
  for (int i = 0; i < 30; ++i)
    config.engine.projects.allowed_roots.push_back("/srv/git/v1.2.3.4.5/" + std::to_string(i));
  config.http.address = "::1";
  const auto result = load_text(print_config(config), "printed");
  BOOST_TEST(to_string(result.diagnostics) == "");
  BOOST_TEST((result.config == config));
}

BOOST_AUTO_TEST_CASE(no_mutation_of_a_byte_crashes_or_is_accepted_as_something_else) {
  const auto original = print_config({});
  constexpr std::array replacements{'\0', '\n', ' ',  '"', '\'', '[',    ']',    '{',
                                    '.',  '=',  '#',  '0', '9',  '-',    '\\',   'a',
                                    ',',  '\t', '\r', 'e', '_',  '\x7F', '\x80', '\xFF'};
  for (std::size_t i = 0; i < original.size(); ++i) {
    for (const char c : replacements) {
      auto text = original;
      text[i] = c;
      BOOST_TEST_REQUIRE(survives_if_accepted(text), "byte " << i << " as " << int{c});
    }
    auto shorter = original;
    shorter.erase(i, 1);
    BOOST_TEST_REQUIRE(survives_if_accepted(shorter), "without byte " << i);
    BOOST_TEST_REQUIRE(survives_if_accepted(original.substr(0, i)), "up to byte " << i);
  }
}

BOOST_AUTO_TEST_CASE(no_mutation_of_the_example_crashes_or_is_accepted_as_something_else) {
  const auto original = example_config();
  for (std::size_t i = 0; i < original.size(); ++i) {
    auto text = original;
    text[i] = static_cast<char>(text[i] ^ (1 << (i % 8)));
    BOOST_TEST_REQUIRE(survives_if_accepted(text), "byte " << i);
  }
}

BOOST_AUTO_TEST_SUITE_END()
