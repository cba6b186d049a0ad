#include <chrono>
#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/error.hpp>
#include <storage/git/login.hpp>

BOOST_AUTO_TEST_SUITE(login)

using namespace headway;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() : clone{box.init("clone")} {}

  void helper(const std::string& script) {
    box.git(clone, {"config", "credential.helper", "!f() { " + script + "; }; f"});
  }
  caf::expected<git::filled_login> fill(const std::string& url = "https://example.org/x",
                                        const std::string& user = {},
                                        std::chrono::milliseconds deadline = 20s) {
    const git::cancellation never;
    return git::fill_login(
        {clone.string(), (clone / ".git").string(), (clone / ".git").string(), false}, url, user,
        deadline, never);
  }
  ec code(const caf::expected<git::filled_login>& answer) {
    return answer ? ec::none : code_of(answer.error());
  }

  test::sandbox box;
  std::filesystem::path clone;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(helpers_of_the_clone_are_asked, fixture) {
  helper("echo username=me; echo password=s3=cret");
  const auto found = fill();
  BOOST_REQUIRE(found);
  BOOST_TEST(found->username == "me");
  BOOST_TEST(found->password == "s3=cret");
}

BOOST_FIXTURE_TEST_CASE(helpers_are_told_host_and_user, fixture) {
  helper("cat > " + (box / "asked").string() + "; echo username=you; echo password=x");
  BOOST_REQUIRE(fill("https://example.org:8443/x", "you"));
  const auto asked = box.read(box / "asked");
  for (const auto* line : {"protocol=https\n", "host=example.org:8443\n", "username=you\n"})
    BOOST_TEST(asked.find(line) != std::string::npos, asked);
}

BOOST_FIXTURE_TEST_CASE(without_a_helper_nobody_is_asked, fixture) {
  const auto found = fill();
  BOOST_REQUIRE(!found);
  BOOST_TEST((code_of(found.error()) == ec::auth_required), detail_of(found.error()));
  BOOST_TEST(detail_of(found.error()).find("https://example.org:443") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_helper_that_hangs_is_ended, fixture) {
  helper("sleep 1000");
  BOOST_TEST((code(fill("https://example.org/x", "", 100ms)) == ec::deadline_exceeded));
}

BOOST_FIXTURE_TEST_CASE(an_address_cannot_name_another_host_to_the_helpers, fixture) {
  helper("echo username=me; echo password=x");
  BOOST_TEST((code(fill("https://example.org/x\nhost=evil.org")) == ec::invalid_argument));
  BOOST_TEST((code(fill("https://example.org/x", "a\nb")) == ec::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
