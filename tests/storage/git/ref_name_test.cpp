#include <set>

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <storage/git/ref_name.hpp>

BOOST_AUTO_TEST_SUITE(ref_name)

using headway::git::is_valid_ref_name;
using headway::git::shorten;
using headway::git::uniqueness;

BOOST_AUTO_TEST_CASE(validity_is_what_git_says) {
  const headway::test::sandbox box;
  for (const std::string name : {"refs/heads/main",
                                 "refs/heads/a/b",
                                 "refs/heads/grün",
                                 "main",
                                 "refs/heads/.x",
                                 "refs/heads/x.lock",
                                 "refs/heads/x.lock/y",
                                 "refs/heads/x.",
                                 "refs/heads/a..b",
                                 "refs/heads/a b",
                                 "refs/heads/a~b",
                                 "refs/heads/a^b",
                                 "refs/heads/a:b",
                                 "refs/heads/a?b",
                                 "refs/heads/a*b",
                                 "refs/heads/a[b",
                                 "refs/heads/a\\b",
                                 "refs/heads/a\x7f"
                                 "b",
                                 "refs/heads/a\x01",
                                 "refs/heads//a",
                                 "refs/heads/a/",
                                 "/refs/heads/a",
                                 "refs/heads/a@{b",
                                 "refs/heads/@",
                                 "@",
                                 "refs/heads/a\"b",
                                 "refs/heads/a'b",
                                 "refs/heads/-a",
                                 "refs/heads/a.b",
                                 "refs/heads/a@b"}) {
    const bool by_git = box.try_git(box.root(), {"check-ref-format", name}).status == 0;
    BOOST_TEST_CONTEXT(name) BOOST_TEST(is_valid_ref_name(name) == by_git);
  }
  BOOST_TEST(!is_valid_ref_name(""));
}

BOOST_AUTO_TEST_CASE(names_are_shortened_as_far_as_they_stay_unambiguous) {
  std::set<std::string> refs{"refs/heads/main", "refs/remotes/origin/main"};
  const auto exists = [&](const std::string& name) { return refs.contains(name); };
  const auto strict = uniqueness::among_all_rules;
  BOOST_TEST(shorten("refs/remotes/origin/main", strict, exists) == "origin/main");
  BOOST_TEST(shorten("refs/heads/main", strict, exists) == "main");
  BOOST_TEST(shorten("refs/tags/v1", strict, exists) == "v1");
  BOOST_TEST(shorten("refs/changes/1", strict, exists) == "changes/1");
  BOOST_TEST(shorten("HEAD", strict, exists) == "HEAD");
  refs.insert("refs/heads/origin/main");
  BOOST_TEST(shorten("refs/remotes/origin/main", strict, exists) == "remotes/origin/main");
  BOOST_TEST(shorten("refs/heads/origin/main", strict, exists) == "heads/origin/main");
  BOOST_TEST(shorten("refs/heads/origin/main", uniqueness::among_earlier_rules, exists) ==
             "origin/main");
}

BOOST_AUTO_TEST_SUITE_END()
