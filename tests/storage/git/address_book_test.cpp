#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <tests/storage/git/reading.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/error.hpp>
#include <storage/git/address_book.hpp>
#include <storage/git/repository.hpp>

BOOST_AUTO_TEST_SUITE(address_book)

using namespace headway;
using certificates = git::http_settings::certificates;

namespace {

struct fixture {
  fixture() : clone{box.init("clone")} {
    git::initialise_library();
    box.git(clone, {"remote", "add", "origin", "https://example.org/x.git"});
  }

  void set(const std::string& key, const std::string& value) {
    box.git(clone, {"config", "--add", key, value});
  }
  repository_location where() const {
    return {clone.string(), (clone / ".git").string(), (clone / ".git").string(), false};
  }
  git::remote_address address(const std::string& remote = "origin") {
    auto found = book.find(where(), remote);
    BOOST_REQUIRE_MESSAGE(found, (found ? "" : describe(found.error())));
    return std::move(*found);
  }

  test::sandbox box;
  std::filesystem::path clone;
  git::address_book book;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_address_is_what_git_would_use, fixture) {
  BOOST_TEST(address().url == "https://example.org/x.git");
  set("url.https://me:secret@mirror.example.org/.insteadOf", "https://example.org/");
  BOOST_TEST(address().url == "https://me:secret@mirror.example.org/x.git");
  BOOST_TEST(address().url == box.git(clone, {"remote", "get-url", "origin"}));
  BOOST_TEST(address().only_git.empty());
}

BOOST_FIXTURE_TEST_CASE(a_remote_without_an_address_is_told, fixture) {
  set("remote.empty.fetch", "+refs/heads/*:refs/remotes/empty/*");
  for (const auto* name : {"empty", "never"}) {
    const auto found = book.find(where(), name);
    BOOST_REQUIRE(!found);
    BOOST_TEST((code_of(found.error()) == ec::config));
  }
}

BOOST_FIXTURE_TEST_CASE(settings_that_we_know_are_read_as_git_reads_them, fixture) {
  set("http.sslVerify", "false");
  set("http.sslVerify", "true");
  set("http.sslCAInfo", "/etc/ca.pem");
  set("http.proxy", "http://proxy:3128");
  set("http.userAgent", "git/agent");
  set("http.extraHeader", "X-Old: 1");
  set("http.extraHeader", "");
  set("http.extraHeader", "X-New: 2");
  set("http.postBuffer", "100");
  set("http.followRedirects", "initial");
  auto found = address();
  BOOST_TEST(found.only_git.empty(), found.only_git);
  BOOST_TEST((found.http.server == certificates::checked));
  BOOST_TEST(found.http.ca_file == "/etc/ca.pem");
  BOOST_TEST(found.http.proxy.value() == "http://proxy:3128");
  BOOST_TEST(found.http.user_agent == "git/agent");
  BOOST_TEST(found.http.headers == std::vector<std::string>{"X-New: 2"},
             boost::test_tools::per_element());
  set("remote.origin.proxy", "");
  set("http.sslVerify", "no");
  found = address();
  BOOST_TEST(found.http.proxy.value().empty());
  BOOST_TEST((found.http.server == certificates::not_checked));
}

BOOST_FIXTURE_TEST_CASE(settings_that_only_git_understands_leave_the_remote_to_it, fixture) {
  const std::vector<std::pair<std::string, std::string>> settings{
      {"http.cookieFile", "/c"},
      {"http.sslCert", "/c"},
      {"http.sslCAInfo", "~/ca.pem"},
      {"http.version", "HTTP/1.1"},
      {"http.followRedirects", "false"},
      {"http.proxy", "http://me@proxy:3128"},
      {"http.proxyAuthMethod", "ntlm"},
      {"http.https://example.org/.extraHeader", "X: 1"},
      {"http.https://*.org/.sslVerify", "false"},
      {"remote.origin.uploadpack", "/bin/x"},
      {"remote.origin.vcs", "hg"},
      {"core.gitProxy", "x"},
  };
  for (const auto& [key, value] : settings) {
    set(key, value);
    BOOST_TEST(!address().only_git.empty(), key);
    box.git(clone, {"config", "--unset-all", key});
    BOOST_TEST(address().only_git.empty(), key);
  }
  set("http.https://elsewhere.org/.cookieFile", "/c");
  set("remote.other.uploadpack", "/bin/x");
  BOOST_TEST(address().only_git.empty());
  ::setenv("GIT_SSL_CERT", "/c", 1);
  git::address_book fresh;
  BOOST_TEST(!fresh.find(where(), "origin")->only_git.empty());
  ::unsetenv("GIT_SSL_CERT");
}

BOOST_FIXTURE_TEST_CASE(logins_are_shared_where_git_would_give_the_same, fixture) {
  box.git(clone, {"remote", "add", "same", "https://example.org/y.git"});
  box.git(clone, {"remote", "add", "user", "https://me@example.org/y.git"});
  box.git(clone, {"remote", "add", "away", "https://example.com/y.git"});
  BOOST_TEST(address("origin").login_scope == address("same").login_scope);
  BOOST_TEST(address("origin").login_scope != address("user").login_scope);
  BOOST_TEST(address("origin").login_scope != address("away").login_scope);
  set("credential.useHttpPath", "true");
  BOOST_TEST(address("origin").login_scope != address("same").login_scope);
}

BOOST_FIXTURE_TEST_CASE(what_is_remembered_is_as_new_as_the_files, fixture) {
  const auto included = box / "more.config";
  box.write(included, "[http]\n\tuserAgent = one\n");
  set("include.path", included.string());
  set("includeIf.gitdir:" + (clone / ".git").string() + ".path", (box / "cond.config").string());
  box.write(box / "cond.config", "[http]\n\tproxy = http://p:1\n");
  BOOST_TEST(address().http.user_agent == "one");
  BOOST_TEST(address().http.proxy.value() == "http://p:1");
  for (const auto* agent : {"two", "six", "ten"}) {
    box.write(included, std::string{"[http]\n\tuserAgent = "} + agent + "\n");
    for (int look = 0; look < 3; ++look)
      BOOST_TEST(address().http.user_agent == agent);
  }
}

BOOST_AUTO_TEST_SUITE_END()
