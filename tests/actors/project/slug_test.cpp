#include <random>
#include <set>

#include <boost/test/unit_test.hpp>

#include <actors/project/slug.hpp>

BOOST_AUTO_TEST_SUITE(slug)

using namespace headway;

BOOST_AUTO_TEST_CASE(a_slug_is_made_of_the_folder_name) {
  const std::pair<const char*, const char*> cases[] = {
      {"/home/me/src/linux", "linux"},
      {"/srv/git/Linux.git", "linux"},
      {"/srv/git/linux///", "linux"},
      {"/a/My Project (old)", "my-project-old"},
      {"/a/na\xc3\xafve-caf\xc3\xa9", "na-ve-caf"},
      {"/a/..hidden", "hidden"},
      {"/a/-x-", "x"},
      {"/a/v1.2_final", "v1.2_final"},
      {"/a/.git", "git"},
      {"/a/x.git.git", "x.git"},
      {"/", "project"},
      {"", "project"},
      {"/a/\xe6\xbc\xa2\xe5\xad\x97", "project"},
      {"/a/---", "project"},
  };
  for (const auto& [path, expected] : cases)
    BOOST_TEST(slug_of(path) == expected, path << " became " << slug_of(path));
}

BOOST_AUTO_TEST_CASE(a_long_name_is_cut) {
  const auto slug = slug_of("/a/" + std::string(300, 'x'));
  BOOST_TEST(slug == std::string(64, 'x'));
}

BOOST_AUTO_TEST_CASE(any_bytes_make_a_well_formed_slug) {
  std::mt19937 random{7};
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  for (int i = 0; i < 5'000; ++i) {
    std::string path = "/";
    for (auto length = random() % 100; length > 0; --length)
      path += static_cast<char>(random() % 255 + 1);
    const auto slug = slug_of(path);
    BOOST_REQUIRE(!slug.empty());
    BOOST_TEST(slug.size() <= 64u);
    BOOST_TEST(plain(slug.front()));
    for (const char c : slug)
      BOOST_TEST((plain(c) || c == '.' || c == '_' || c == '-'));
  }
}

BOOST_AUTO_TEST_CASE(a_taken_name_gets_a_number) {
  std::set<std::string> taken;
  const auto is_taken = [&](const std::string& slug) { return taken.contains(slug); };
  for (const auto* expected : {"linux", "linux-2", "linux-3"}) {
    const auto slug = unique_slug("/somewhere/linux", is_taken);
    BOOST_TEST(slug == expected);
    taken.insert(slug);
  }
}

BOOST_AUTO_TEST_SUITE_END()
