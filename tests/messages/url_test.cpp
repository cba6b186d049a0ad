#include <boost/test/unit_test.hpp>

#include <messages/url.hpp>

BOOST_AUTO_TEST_SUITE(url)

using headway::host_key;
using headway::redact;
using headway::strip_credentials;

BOOST_AUTO_TEST_CASE(http_addresses_lose_user_password_query_and_fragment) {
  BOOST_TEST(strip_credentials("https://user:s3cret@example.org/a.git") ==
             "https://example.org/a.git");
  BOOST_TEST(strip_credentials("https://s3cret@example.org:8443/a") ==
             "https://example.org:8443/a");
  BOOST_TEST(strip_credentials("http://h/a?private_token=s3cret#s3cret") == "http://h/a");
  BOOST_TEST(strip_credentials("https://u:p@ss@example.org/a") == "https://example.org/a");
}

BOOST_AUTO_TEST_CASE(ssh_addresses_keep_the_user_name_only) {
  BOOST_TEST(strip_credentials("ssh://git:s3cret@example.org/a") == "ssh://git@example.org/a");
  BOOST_TEST(strip_credentials("git@example.org:team/a.git") == "git@example.org:team/a.git");
  BOOST_TEST(strip_credentials("git:s3cret@example.org:a") == "git:s3cret@example.org:a");
}

BOOST_AUTO_TEST_CASE(paths_stay_as_they_are) {
  for (const char* path : {"/srv/git/a.git", "../a", "file:///srv/git/a.git", "./with:colon"})
    BOOST_TEST(strip_credentials(path) == path);
}

BOOST_AUTO_TEST_CASE(hosts_are_told_apart_by_scheme_name_and_port) {
  BOOST_TEST(host_key("https://user@Example.ORG/a") == "https://example.org:443");
  BOOST_TEST(host_key("https://example.org:8443/a") == "https://example.org:8443");
  BOOST_TEST(host_key("http://[::1]:80/a") == "http://[::1]:80");
  BOOST_TEST(host_key("http://[::1]/a") == "http://[::1]:80");
  BOOST_TEST(host_key("git@example.org:a") == "ssh://example.org:22");
  BOOST_TEST(host_key("git://example.org/a") == "git://example.org:9418");
  BOOST_TEST(host_key("/srv/a") == "file");
  BOOST_TEST(host_key("file:///srv/a") == "file");
  BOOST_TEST(host_key("") == "");
}

BOOST_AUTO_TEST_CASE(messages_of_other_programs_lose_their_secrets) {
  BOOST_TEST(redact("fatal: unable to access 'https://u:s3cret@h/a/': refused") ==
             "fatal: unable to access 'https://h/a/': refused");
  BOOST_TEST(redact("https://a@h/x https://b@h/y?token=1 end") == "https://h/x https://h/y end");
  BOOST_TEST(redact("nothing here") == "nothing here");
  BOOST_TEST(redact("://") == "://");
}

BOOST_AUTO_TEST_CASE(spellings_of_one_repository_have_one_key) {
  for (const auto* url :
       {"https://github.com/Me/x.git", "https://u:p@github.com/me/x",
        "ssh://git@github.com/me/x.git", "ssh://git@github.com:22/me/x", "git@github.com:me/x.git",
        "git@GitHub.com:/me/x/", "http://github.com:8080/me/x.git/?private=1"})
    BOOST_TEST(headway::repository_key(url) == "github.com/me/x", url);
  for (const auto* url : {"", "/src/x", "file:///src/x", "https://github.com", "../x"})
    BOOST_TEST(headway::repository_key(url).empty(), url);
  BOOST_TEST(headway::repository_key("https://[::1]:80/x") == "[::1]/x");
  BOOST_TEST(headway::repository_key("https://a/x") != headway::repository_key("https://b/x"));
}

BOOST_AUTO_TEST_SUITE_END()
