/// Reads repositories of a sandbox and compares what was read with what git says.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/error.hpp>
#include <storage/git/repository.hpp>

namespace headway::test {

/// For messages: why there is no result, or nothing.
template <class Result>
std::string words_of(const Result& result) {
  return result ? "" : describe(result.error());
}

struct reading_fixture {
  reading_fixture() { git::initialise_library(); }

  sandbox box;

  repository_location located(const std::string& path) const {
    auto location = git::locate(path);
    BOOST_REQUIRE_MESSAGE(location, words_of(location));
    return *location;
  }

  std::unique_ptr<git::repository> opened(const std::string& path) const {
    auto repository = git::repository::open(located(path));
    BOOST_REQUIRE_MESSAGE(repository, words_of(repository));
    return std::move(*repository);
  }

  refs_snapshot snapshot(const std::string& path) const {
    auto refs = opened(path)->read_refs();
    BOOST_REQUIRE_MESSAGE(refs, words_of(refs));
    return std::move(*refs);
  }

  /// Every branch that `git for-each-ref` lists is read as git lists it. Answers how many there
  /// are.
  std::size_t compare_with_git(const std::string& path) const {
    const auto refs = snapshot(path);
    std::istringstream lines{box.git(
        path, {"for-each-ref",
               "--format=%(refname:lstrip=2)%09%(objectname)%09%(upstream)%09%(upstream:short)%09"
               "%(upstream:track,nobracket)%09%(HEAD)%09",
               "refs/heads"})};
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count)
      compare(refs, fields_of(line));
    return count;
  }

 private:
  static std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream stream{line};
    for (std::string field; std::getline(stream, field, '\t');)
      fields.push_back(field);
    BOOST_REQUIRE_EQUAL(fields.size(), 6u);
    return fields;
  }

  static void compare(const refs_snapshot& refs, const std::vector<std::string>& git) {
    const auto found = std::ranges::find(refs.branches, git[0], &local_branch::name);
    BOOST_REQUIRE_MESSAGE(found != refs.branches.end(), "no branch " + git[0]);
    BOOST_TEST_CONTEXT("branch " << git[0]) {
      BOOST_TEST(found->problem == "");
      BOOST_REQUIRE(found->tip);
      BOOST_TEST(found->tip->hex() == git[1]);
      const auto upstream = found->upstream.value_or(upstream_ref{});
      BOOST_TEST(upstream.tracking_ref == git[2]);
      BOOST_TEST(upstream.short_name == git[3]);
      if (!git[2].empty())
        BOOST_TEST(!upstream.tip.has_value() == (git[4] == "gone"));
      BOOST_TEST(found->head == (git[5] == "*"));
    }
  }
};

inline const local_branch& branch(const refs_snapshot& refs, const std::string& name) {
  const auto found = std::ranges::find(refs.branches, name, &local_branch::name);
  BOOST_REQUIRE_MESSAGE(found != refs.branches.end(), "no branch " + name);
  return *found;
}

/// Passes when `result` failed with `code` and names `what`.
template <class Result>
void require_error(const Result& result, ec code, const std::string& what) {
  BOOST_REQUIRE(!result);
  BOOST_TEST(to_string(code_of(result.error())) == to_string(code));
  BOOST_TEST_CONTEXT(describe(result.error()))
  BOOST_TEST(detail_of(result.error()).find(what) != std::string::npos);
}

}  // namespace headway::test
