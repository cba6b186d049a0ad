#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include <config/text_rules.hpp>

BOOST_AUTO_TEST_SUITE(text_rules)

using headway::text_rule;
using headway::violation_of;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_CASE(addresses_are_literal) {
  for (const char* address :
       {"127.0.0.1", "0.0.0.0", "::1", "::", "2001:db8::1", "::ffff:10.0.0.1"})
    BOOST_TEST(violation_of(text_rule::ip_address, address) == "", address);
  for (const auto address : {""sv, "localhost"sv, "127.1"sv, "256.0.0.1"sv, "[::1]"sv,
                             "127.0.0.1:80"sv, " 127.0.0.1"sv, "fe80::1%lo"sv, "127.0.0.1\0x"sv})
    BOOST_TEST(violation_of(text_rule::ip_address, address) == "is no literal IP address");
}

BOOST_AUTO_TEST_CASE(an_address_may_be_left_out_where_the_rule_says_so) {
  BOOST_TEST(violation_of(text_rule::ip_address_or_empty, "") == "");
  BOOST_TEST(violation_of(text_rule::ip_address_or_empty, "::1") == "");
  BOOST_TEST(violation_of(text_rule::ip_address_or_empty, "x") == "is no literal IP address");
}

BOOST_AUTO_TEST_CASE(host_names_have_no_port) {
  for (const char* name : {"localhost", "node.example.org", "a_b", "10.0.0.1"})
    BOOST_TEST(violation_of(text_rule::host_name, name) == "", name);
  for (const char* name : {"", "node:80", "a b", "[::1]", "http://node"})
    BOOST_TEST(violation_of(text_rule::host_name, name) == "is no host name", name);
}

BOOST_AUTO_TEST_CASE(levels_belong_to_parts) {
  for (const char* text : {"http=debug", "fetch-scheduler=trace"})
    BOOST_TEST(violation_of(text_rule::part_level, text) == "", text);
  for (const char* text : {"", "http", "=debug", "HTTP=debug"})
    BOOST_TEST(violation_of(text_rule::part_level, text) == "is not PART=LEVEL", text);
  BOOST_TEST(violation_of(text_rule::part_level, "http=loud") == "names no level");
}

BOOST_AUTO_TEST_CASE(paths_are_absolute_and_fit_into_a_file) {
  for (const char* path : {"/", "/srv/git", "/srv/ä b", "/srv/\xF0\x9F\x98\x80", "/a\nb"})
    BOOST_TEST(violation_of(text_rule::absolute_path, path) == "", path);
  for (const char* path : {"", "srv", "./srv", "../srv"})
    BOOST_TEST(violation_of(text_rule::absolute_path, path) == "is no absolute path", path);
  BOOST_TEST(violation_of(text_rule::absolute_path, "~/src").find("not expanded") !=
             std::string::npos);
  BOOST_TEST(violation_of(text_rule::absolute_path, "/a\0b"sv) == "holds a NUL byte");
  for (const char* path : {"/\xFF", "/\xC3", "/\xC0\x80", "/\xED\xA0\x80", "/\xF4\x90\x80\x80",
                           "/\x80", "/\xE0\x80\x80", "/\xF0\x80\x80\x80"})
    BOOST_TEST(violation_of(text_rule::absolute_path, path) == "is not UTF-8");
  BOOST_TEST(violation_of(text_rule::absolute_path_or_empty, "") == "");
  BOOST_TEST(violation_of(text_rule::absolute_path_or_empty, "x") == "is no absolute path");
}

BOOST_AUTO_TEST_CASE(schemes_are_those_that_can_be_fetched_from) {
  for (const char* scheme : {"https", "ssh", "http", "git", "file"})
    BOOST_TEST(violation_of(text_rule::url_scheme, scheme) == "", scheme);
  for (const char* scheme : {"", "ftp", "ext", "HTTPS", "https:"})
    BOOST_TEST(violation_of(text_rule::url_scheme, scheme) == "is no known scheme", scheme);
}

BOOST_AUTO_TEST_CASE(patterns_of_branches_are_short_names) {
  for (const char* pattern : {"*", "main", "release/*", "*-stable", "team/*/done", "\xC3\xA4*"})
    BOOST_TEST(violation_of(text_rule::branch_pattern, pattern) == "", pattern);
  for (const char* pattern : {"", "/x", "x/", "a//b", "a..b", "a b", "x~", "^x", "a:b", "a?",
                              "[ab]", "a\\b", "a\nb", "\xFF"})
    BOOST_TEST(violation_of(text_rule::branch_pattern, pattern) == "can match no name of a branch",
               pattern);
  BOOST_TEST(violation_of(text_rule::branch_pattern, "refs/heads/x").find("is no short name") ==
             0u);
}

BOOST_AUTO_TEST_SUITE_END()
