#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <storage/git/plain_config.hpp>

BOOST_AUTO_TEST_SUITE(plain_config)

using namespace headway;

namespace {

/// As `git config --list -z` prints them.
std::string as_git_prints(const std::vector<git::config_entry>& entries) {
  std::string text;
  for (const auto& [key, value] : entries)
    text += key + (value ? "\n" + *value : "") + '\0';
  return text;
}

constexpr const char* plain_files[] = {
    "",
    "\n\n# nothing\n; here\n",
    "[core]\n\tbare = false\n\tRepositoryFormatVersion=1\n",
    "[remote \"origin\"]\n\turl = https://example.org/a b.git\n\tfetch = "
    "+refs/heads/*:refs/remotes/origin/*\n",
    "[Branch \"Feature/X.y z\"] # why\n  Merge   =   refs/heads/x   ; comment\n  remote=.\n",
    "[core]\n\tbare\n\tfilemode\n\tsymlinks =\n\teditor=x#y\n",
    "[branch \"\"]\n\tremote = origin\n[core]\nignorecase=true",
    "[a-1]\n x-2 = 3\n[a-1 \"s#;]\"]\n y = [z]\n",
    "   [core]   \n\t\tbare\t=\ttrue\t\n",
};

constexpr const char* special_files[] = {
    "[include]\n\tpath = other\n",
    "[includeIf \"gitdir:/x\"]\n\tpath = other\n",
    "[core]\n\teditor = \"a  b\"\n",
    "[core]\n\teditor = a \\\n  b\n",
    "[core]\n\teditor = a\tb\n",
    "[core]\r\n\tbare = true\r\n",
    "[core.Sub]\n\tx = 1\n",
    "[core] bare = true\n",
    "[remote \"a\\\"b\"]\n\turl = x\n",
    "\xef\xbb\xbf[core]\n\tbare = true\n",
    "bare = true\n",
    "[core\n",
    "[core]]\n",
    "[core \"x]\n",
    "[core\"x\"]\n",
    "[]\n\tx = 1\n",
    "[core]\n\t1x = 1\n",
    "[core]\n\tx y = 1\n",
    "[core]\n\tx # yes\n",
};

}  // namespace

BOOST_AUTO_TEST_CASE(plain_files_are_read_as_git_reads_them) {
  const test::sandbox box;
  for (const auto* text : plain_files) {
    box.write(box / "config", text);
    const auto entries = git::read_plain_config(text);
    BOOST_REQUIRE_MESSAGE(entries, text);
    BOOST_TEST(as_git_prints(*entries) ==
               box.git(box.root(), {"config", "--list", "-z", "--file", "config"}));
  }
}

BOOST_AUTO_TEST_CASE(whatever_is_not_plain_is_left_to_others) {
  for (const auto* text : special_files)
    BOOST_TEST(!git::read_plain_config(text), text);
  BOOST_TEST(!git::read_plain_config(std::string{"[core]\n\tx = a\0b\n", 15}));
}

BOOST_AUTO_TEST_CASE(a_section_that_is_passed_over_is_checked_all_the_same) {
  for (const auto* text : plain_files) {
    auto wanted = *git::read_plain_config(text);
    std::erase_if(wanted, [](const auto& entry) { return entry.key.starts_with("branch."); });
    const auto rest = git::read_plain_config(text, "branch");
    BOOST_REQUIRE(rest.has_value());
    BOOST_TEST(as_git_prints(*rest) == as_git_prints(wanted));
  }
  BOOST_TEST(!git::read_plain_config("[branch \"x\"]\n\tremote = \"a\"\n", "branch"));
  BOOST_TEST(!git::read_plain_config("[branch \"x\"]\n\t1x = 1\n", "branch"));
}

BOOST_AUTO_TEST_SUITE_END()
