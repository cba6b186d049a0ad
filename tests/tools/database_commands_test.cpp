#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/error.hpp>
#include <tools/headway/database_commands.hpp>

namespace headway::test {

using namespace tools;

namespace {

struct person {
  sandbox box;

  caf::expected<std::string> directory(const std::optional<std::string>& named = {}) const {
    return data_directory(named, [this](std::string_view name) -> std::optional<std::string> {
      return name == "HOME" ? std::optional{box.root().string()} : std::nullopt;
    });
  }

  void configure(const std::string& text) const {
    std::filesystem::create_directories(box / ".config/headway");
    box.write(box / ".config/headway/headwayd.toml", text);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database_commands, person)

BOOST_AUTO_TEST_CASE(the_data_directory_is_the_one_that_a_node_of_the_person_has) {
  BOOST_TEST(*directory() == (box / ".local/state/headway").string());
  configure("[log]\nlevel = \"warn\"\n");
  BOOST_TEST(*directory() == (box / ".local/state/headway").string());
  configure("[database]\ndirectory = \"/var/lib/headway\"\n");
  BOOST_TEST(*directory() == "/var/lib/headway");
}

BOOST_AUTO_TEST_CASE(a_named_directory_counts_before_all) {
  configure("[database]\ndirectory = \"/var/lib/headway\"\n");
  BOOST_TEST(*directory("/elsewhere/./data") == "/elsewhere/data");
}

BOOST_AUTO_TEST_CASE(a_wrong_configuration_is_no_guess) {
  configure("[database]\ndirectory = 5\n");
  const auto refused = directory();
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(code_of(refused.error()) == ec::config);
  BOOST_TEST(*directory("/d") == "/d");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
