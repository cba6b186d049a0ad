#include <boost/test/unit_test.hpp>

#include <messages/token_source.hpp>

BOOST_AUTO_TEST_SUITE(token_source)

using headway::parse_token_source;
using headway::parse_token_sources;
using source = headway::token_source;

BOOST_AUTO_TEST_CASE(a_host_is_named_as_its_health_is) {
  BOOST_TEST((parse_token_source("git.example.org=env:GIT_TOKEN") ==
              source{"https://git.example.org:443", "", "GIT_TOKEN", ""}));
  BOOST_TEST((parse_token_source("Bot@Git.Example.org:8443=file:/etc/a token") ==
              source{"https://git.example.org:8443", "Bot", "", "/etc/a token"}));
  BOOST_TEST((parse_token_source("http://127.0.0.1:80=env:_T1") ==
              source{"http://127.0.0.1:80", "", "_T1", ""}));
  BOOST_TEST(
      (parse_token_source("https://[::1]:9=file:/t") == source{"https://[::1]:9", "", "", "/t"}));
}

BOOST_AUTO_TEST_CASE(whatever_else_is_no_source) {
  for (const auto* text :
       {"", "example.org", "=env:T", "example.org=", "example.org=ghp_secret", "example.org=env:",
        "example.org=env:1T", "example.org=env:A B", "example.org=file:relative",
        "ssh://example.org=env:T", "example.org/path=env:T", "a b=env:T", "example.org:=env:T",
        "example.org:x=env:T", "@example.org=env:T", "u:p@example.org=env:T", "*.org=env:T"})
    BOOST_TEST(!parse_token_source(text), text);
  BOOST_TEST(parse_token_sources({"a=env:T", "b", "c=env:U"}).size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
