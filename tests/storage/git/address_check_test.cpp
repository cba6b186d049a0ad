#include <chrono>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/error.hpp>
#include <storage/git/address_check.hpp>

BOOST_AUTO_TEST_SUITE(address_check)

using namespace headway;
using namespace std::chrono_literals;

namespace {

struct fixture {
  /// The arguments for git, or why there are none.
  std::string told(const std::string& url, const std::string& ssh = "ssh -F none") {
    const auto found = git::check_addresses(url, ssh, 20s, never);
    if (!found)
      return std::string{to_string(code_of(found.error()))};
    std::string all;
    for (const auto& word : *found)
      all += (all.empty() ? "" : " ") + word;
    return all;
  }

  test::sandbox box;
  git::cancellation never;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(public_addresses_are_pinned_for_git, fixture) {
  BOOST_TEST(told("https://1.1.1.1/x.git") ==
             "-c http.followRedirects=false -c http.curloptResolve=1.1.1.1:443:1.1.1.1");
  BOOST_TEST(told("http://[2606:4700::1111]:8080/x.git") == "-c http.followRedirects=false");
}

BOOST_FIXTURE_TEST_CASE(private_addresses_are_refused, fixture) {
  for (const auto* url :
       {"https://127.0.0.1/x", "http://10.0.0.1:3000/x", "https://[::1]/x", "https://localhost/x",
        "https://169.254.169.254/latest", "ssh://git@192.168.1.1/x", "git@127.0.0.1:x",
        "git@localhost:x", "http://0x7f000001/x", "git://1.1.1.1/x"})
    BOOST_TEST(told(url) == "config", url);
}

BOOST_FIXTURE_TEST_CASE(ssh_is_asked_where_it_goes, fixture) {
  box.write(box / "config",
            "Host near\n\tHostname 127.0.0.1\nHost far\n\tHostname 1.1.1.1\n"
            "Host behind\n\tHostname 1.1.1.1\n\tProxyJump far\n");
  const auto ssh = "ssh -F " + (box / "config").string();
  BOOST_TEST(told("git@near:x", ssh) == "config");
  BOOST_TEST(told("git@far:x", ssh).empty());
  BOOST_TEST(told("git@behind:x", ssh) == "config");
  BOOST_TEST(told("git@far:x", "plink") == "config");
}

BOOST_FIXTURE_TEST_CASE(what_has_no_address_needs_none, fixture) {
  BOOST_TEST(told("/src/x.git").empty());
  BOOST_TEST(told("file:///src/x.git").empty());
}

BOOST_FIXTURE_TEST_CASE(a_name_that_nobody_knows_is_a_failure_of_the_network, fixture) {
  BOOST_TEST(told("https://no-such-host.invalid/x") == "network");
}

BOOST_AUTO_TEST_SUITE_END()
