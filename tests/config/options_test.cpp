#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <config/option_values.hpp>
#include <config/options.hpp>
#include <config/units.hpp>

BOOST_AUTO_TEST_SUITE(options)

using namespace headway;

namespace {

struct anything {
  template <class T>
  operator T() const;
};

/// How many fields an aggregate has: the most initialisers that it takes.
template <class T, std::size_t... Index>
constexpr std::size_t field_count(std::index_sequence<Index...>) {
  if constexpr (requires { T{(static_cast<void>(Index), anything{})...}; })
    return sizeof...(Index);
  else
    return field_count<T>(std::make_index_sequence<sizeof...(Index) - 1>{});
}

template <class T>
constexpr std::size_t field_count() {
  return field_count<T>(std::make_index_sequence<32>{});
}

std::size_t options_in(std::string_view section) {
  return static_cast<std::size_t>(
      std::ranges::count(config_options(), section, &config_option::section));
}

/// A valid value that differs from `value`.
option_value another(const config_option& option, const option_value& value) {
  if (const auto* amount = std::get_if<std::uint64_t>(&value)) {
    if (option.kind == option_kind::enumeration)
      return (*amount + 1) % option.names.size();
    return *amount == option.max ? option.min : option.max;
  }
  if (std::holds_alternative<std::string>(value))
    return std::string{option.rule == text_rule::ip_address_or_empty ? "::1" : "/other"};
  switch (option.rule) {
    case text_rule::url_scheme:
      return std::vector<std::string>{"ssh"};
    case text_rule::host_token:
      return std::vector<std::string>{"git.example.org=env:TOKEN"};
    case text_rule::branch_pattern:
      return std::vector<std::string>{"release/*"};
    case text_rule::host_name:
      return std::vector<std::string>{"node.example.org"};
    case text_rule::part_level:
      return std::vector<std::string>{"http=trace"};
    default:
      return std::vector<std::string>{"/other"};
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_field_has_an_option) {
  constexpr std::size_t sections_of_the_engine = 7;
  BOOST_TEST(options_in("engine") == field_count<engine_config>() - sections_of_the_engine);
  BOOST_TEST(options_in("actors") == field_count<actors_config>());
  BOOST_TEST(options_in("projects") == field_count<projects_config>());
  BOOST_TEST(options_in("pool") == field_count<pool_config>());
  BOOST_TEST(options_in("graph") == field_count<graph_config>());
  BOOST_TEST(options_in("fetch") == field_count<fetch_config>());
  BOOST_TEST(options_in("database") == field_count<database_config>());
  BOOST_TEST(options_in("monitor") == field_count<monitor_config>());
  BOOST_TEST(options_in("http") == field_count<http_config>() - 1);
  BOOST_TEST(options_in("hooks") == field_count<hooks_config>());
  BOOST_TEST(options_in("log") == field_count<log_config>());
}

BOOST_AUTO_TEST_CASE(every_option_has_a_key_of_its_own_in_a_known_section_and_a_meaning) {
  std::set<std::string_view> keys;
  for (const auto& option : config_options()) {
    BOOST_TEST(keys.insert(option.key).second, option.key);
    BOOST_TEST(find_option(option.key) == &option);
    BOOST_TEST(std::ranges::count(config_sections(), option.section(), &config_section::name) == 1);
    BOOST_TEST(option.meaning.ends_with('.'), option.key);
  }
  BOOST_TEST(find_option("") == nullptr);
  BOOST_TEST(find_option("fetch") == nullptr);
}

BOOST_AUTO_TEST_CASE(every_option_changes_its_own_field_only) {
  for (const auto& option : config_options()) {
    node_config config;
    const auto value = another(option, option.get(config));
    BOOST_TEST_REQUIRE(violation_of(option, value) == "", option.key);
    option.set(config, value);
    BOOST_TEST((option.get(config) == value), option.key);
    for (const auto& other : config_options())
      if (&other != &option)
        BOOST_TEST((other.get(config) == other.get(node_config{})), option.key << " " << other.key);
  }
}

BOOST_AUTO_TEST_CASE(what_an_option_prints_it_reads) {
  for (const auto& option : config_options()) {
    if (option.kind == option_kind::text_list)
      continue;
    for (const auto& value :
         {option.get(node_config{}), another(option, option.get(node_config{}))}) {
      auto text = format_value(option, value);
      if (text.starts_with('"'))
        text = text.substr(1, text.size() - 2);
      const auto read = parse_value(option, text);
      BOOST_TEST_REQUIRE(!!read, option.key << " " << text);
      BOOST_TEST((*read == value), option.key);
    }
  }
}

BOOST_AUTO_TEST_CASE(both_ends_of_a_range_are_inside_and_their_neighbours_outside) {
  for (const auto& option : config_options()) {
    if (option.max == 0)
      continue;
    BOOST_TEST(violation_of(option, option.min) == "", option.key);
    BOOST_TEST(violation_of(option, option.max) == "", option.key);
    BOOST_TEST(violation_of(option, option.max + 1) == "is too large", option.key);
    if (option.min > 1)
      BOOST_TEST(violation_of(option, option.min - 1) == "is too small", option.key);
    if (option.min > 0)
      BOOST_TEST(violation_of(option, std::uint64_t{0}) ==
                     (option.zero_word.empty() ? "is too small" : ""),
                 option.key);
  }
}

BOOST_AUTO_TEST_CASE(words_for_zero_are_read_and_printed) {
  const auto& budget = *find_option("pool.memory_budget");
  BOOST_TEST((*parse_value(budget, "auto") == option_value{std::uint64_t{0}}));
  BOOST_TEST((*parse_value(budget, "0 B") == option_value{std::uint64_t{0}}));
  BOOST_TEST(format_value(budget, std::uint64_t{0}) == "\"auto\"");
  BOOST_TEST(format_value(*find_option("graph.walk_budget"), std::uint64_t{0}) == "\"unlimited\"");
  BOOST_TEST(!parse_value(*find_option("http.port"), "auto"));
  BOOST_TEST(format_value(*find_option("http.port"), std::uint64_t{0}) == "0");
}

BOOST_AUTO_TEST_CASE(lists_are_split_at_commas_and_hold_nothing_twice) {
  const auto& schemes = *find_option("fetch.allowed_schemes");
  BOOST_TEST(
      (*parse_value(schemes, "ssh,file") == option_value{std::vector<std::string>{"ssh", "file"}}));
  BOOST_TEST((*parse_value(schemes, "") == option_value{std::vector<std::string>{}}));
  for (const char* text : {",", "ssh,", ",ssh", "ssh,,file", "ssh,ssh", "ssh, file"})
    BOOST_TEST(!parse_value(schemes, text), text);
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_and_shortened_between_characters) {
  BOOST_TEST(toml_string("a\"b\\c\n\x7F") == "\"a\\\"b\\\\c\\u000A\\u007F\"");
  BOOST_TEST(shortened(std::string(60, 'x')) == std::string(60, 'x'));
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "ä";
  const auto cut = shortened("x" + text);
  BOOST_TEST(cut.size() <= 60u);
  BOOST_TEST(cut.ends_with("ä…"));
}

BOOST_AUTO_TEST_SUITE_END()
