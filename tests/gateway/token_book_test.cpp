#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <tests/support/sandbox.hpp>

#include <actors/gateway/token_book.hpp>
#include <messages/error.hpp>

BOOST_AUTO_TEST_SUITE(token_book)

using headway::detail_of;
using headway::gateway::bearer_token;
using headway::gateway::token_scope;
using book = headway::gateway::token_book;

BOOST_AUTO_TEST_CASE(each_line_is_a_token_and_what_it_may_do) {
  const auto tokens = book::parse(
      "# of the build server\n\n  read  aaaaaaaaaaaaaaaa \r\nwrite\tbbbbbbbbbbbbbbbb=\n");
  BOOST_REQUIRE(tokens);
  BOOST_TEST((tokens->scope_of("aaaaaaaaaaaaaaaa") == token_scope::read));
  BOOST_TEST((tokens->scope_of("bbbbbbbbbbbbbbbb=") == token_scope::write));
  BOOST_TEST(tokens->guards_reads());
  for (const char* other : {"", "a", "aaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAAA"})
    BOOST_TEST(!tokens->scope_of(other), other);
}

BOOST_AUTO_TEST_CASE(a_token_that_stands_there_twice_may_do_the_more) {
  const auto tokens = book::parse("write aaaaaaaaaaaaaaaa\nread aaaaaaaaaaaaaaaa\n");
  BOOST_TEST((tokens->scope_of("aaaaaaaaaaaaaaaa") == token_scope::write));
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_named_by_its_number_and_not_shown) {
  for (const char* line : {"aaaaaaaaaaaaaaaa", "admin aaaaaaaaaaaaaaaa", "read short", "read",
                           "write aaaaaaaaaaaaaaaa bbbb", "read aaaaaaaaaaaaaaa\x01"}) {
    const auto tokens = book::parse(std::string{"# first\n"} + line);
    BOOST_REQUIRE(!tokens);
    const auto detail = detail_of(tokens.error());
    BOOST_TEST(detail.starts_with("line 2 "), detail);
    BOOST_TEST(detail.find("aaaa") == std::string::npos, detail);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_everybody_may_read_is_refused) {
  const headway::test::sandbox box;
  const auto file = box / "tokens";
  box.write(file, "write aaaaaaaaaaaaaaaa\n");
  ::chmod(file.c_str(), 0644);
  auto tokens = book::load(file);
  BOOST_REQUIRE(!tokens);
  BOOST_TEST(detail_of(tokens.error()).find("chmod o=") != std::string::npos);
  ::chmod(file.c_str(), 0640);
  tokens = book::load(file);
  BOOST_REQUIRE(tokens);
  BOOST_TEST(!tokens->guards_reads());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named_with_its_option) {
  const headway::test::sandbox box;
  for (const auto& path : {box / "none", box.root()}) {
    const auto tokens = book::load(path);
    BOOST_REQUIRE(!tokens);
    const auto detail = detail_of(tokens.error());
    BOOST_TEST(detail.starts_with("http.tokens_file: " + path.string()), detail);
  }
}

BOOST_AUTO_TEST_CASE(the_scheme_is_bearer_in_any_case) {
  BOOST_TEST(bearer_token("Bearer abc").value_or("") == "abc");
  BOOST_TEST(bearer_token("bearer  abc ").value_or("") == "abc");
  for (const char* field : {"", "Bearer", "Basic abc", "Bearerabc"})
    BOOST_TEST(!bearer_token(field), field);
  BOOST_TEST(!bearer_token(std::nullopt));
}

BOOST_AUTO_TEST_SUITE_END()
