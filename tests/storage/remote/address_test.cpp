#include <boost/test/unit_test.hpp>

#include <storage/remote/address.hpp>

BOOST_AUTO_TEST_SUITE(address)

using namespace headway::remote;

BOOST_AUTO_TEST_CASE(the_login_of_an_address_is_taken_out_and_decoded) {
  const auto plain = parse_web_address("https://example.org/x.git");
  BOOST_REQUIRE(plain.has_value());
  BOOST_TEST(plain->url == "https://example.org/x.git");
  BOOST_TEST(plain->username.empty());
  BOOST_TEST(!plain->password.has_value());
  const auto full = parse_web_address("http://me%40work:p%3Aw%@h@example.org:8080/a/b");
  BOOST_REQUIRE(full.has_value());
  BOOST_TEST(full->url == "http://example.org:8080/a/b");
  BOOST_TEST(full->username == "me@work");
  BOOST_TEST(full->password.value() == "p:w%@h");
  const auto user = parse_web_address("https://me@example.org/x");
  BOOST_TEST(user.value().username == "me");
  BOOST_TEST(!user->password.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_plain_web_address_is_left_alone) {
  for (const auto* url :
       {"", "git@host:x", "ssh://host/x", "/src/x", "https://", "https:///x", "https://host",
        "https://me@/x", "https://host/x?private_token=1", "https://host/x#y", "https://host/a b",
        "https://host/x\nHost: y", "ftp://host/x", "HTTPS://host/x"})
    BOOST_TEST(!parse_web_address(url).has_value(), url);
}

BOOST_AUTO_TEST_CASE(the_address_of_a_daemon_is_taken_apart_as_git_does) {
  const auto told = [](const char* url) {
    const auto at = parse_daemon_address(url);
    return at ? at->authority + "|" + at->path : "left to git";
  };
  BOOST_TEST(told("git://example.org/x/y.git") == "example.org|/x/y.git");
  BOOST_TEST(told("git://example.org:9000/x%20y") == "example.org:9000|/x y");
  BOOST_TEST(told("git://[::1]:9000/~me/x") == "[::1]:9000|~me/x");
  for (const auto* url : {"git://example.org", "git:///x", "git://me@example.org/x",
                          "git://example.org/x%0ay", "https://example.org/x"})
    BOOST_TEST(told(url) == "left to git", url);
}

BOOST_AUTO_TEST_CASE(the_path_for_ssh_is_the_one_that_git_sends) {
  const auto told = [](const char* url) { return ssh_path_of(url).value_or("left to git"); };
  BOOST_TEST(told("ssh://me@example.org:22/x/y.git") == "/x/y.git");
  BOOST_TEST(told("ssh://example.org/~me/x%20y") == "~me/x y");
  BOOST_TEST(told("git@example.org:x/y.git") == "x/y.git");
  BOOST_TEST(told("example.org:/x") == "/x");
  for (const auto* url :
       {"ssh://example.org", "example.org:", "[::1]:x", "example.org:-x", "example.org:x\ny"})
    BOOST_TEST(told(url) == "left to git", url);
}

BOOST_AUTO_TEST_CASE(a_scheme_alone_is_no_address) {
  for (const char* text : {"http", "https", "https:", "https:/", "https://", ""})
    BOOST_TEST(!parse_web_address(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
