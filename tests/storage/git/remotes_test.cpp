#include <boost/test/unit_test.hpp>
#include <tests/storage/git/reading.hpp>

BOOST_FIXTURE_TEST_SUITE(remotes, headway::test::reading_fixture)

BOOST_AUTO_TEST_CASE(remotes_come_in_order_of_configuration_without_credentials) {
  const auto repo = box.init("repo").string();
  box.git(repo, {"remote", "add", "zeta", "https://user:s3cret@Example.org/z.git"});
  box.git(repo, {"remote", "add", "alpha", "git@example.org:a.git"});
  box.git(repo, {"remote", "add", "local", "../elsewhere"});
  box.git(repo, {"remote", "set-url", "--add", "zeta", "https://second.example/z.git"});
  const auto found = snapshot(repo).remotes;
  BOOST_REQUIRE(found.size() == 3u);
  BOOST_TEST(found[0].name == "zeta");
  BOOST_TEST(found[0].display_url == "https://Example.org/z.git");
  BOOST_TEST(found[0].host == "https://example.org:443");
  BOOST_TEST(
      found[0].fetch_refspecs == std::vector<std::string>{"+refs/heads/*:refs/remotes/zeta/*"},
      boost::test_tools::per_element());
  BOOST_TEST(found[1].name == "alpha");
  BOOST_TEST(found[1].host == "ssh://example.org:22");
  BOOST_TEST(found[2].display_url == "../elsewhere");
  BOOST_TEST(found[2].host == "file");
}

BOOST_AUTO_TEST_CASE(the_longest_insteadof_rewrites_the_address_before_secrets_are_removed) {
  const auto repo = box.init("repo").string();
  box.git(repo, {"config", "url.https://token@one.example/.insteadOf", "work:"});
  box.git(repo, {"config", "url.https://token@two.example/.insteadOf", "work:deep/"});
  box.git(repo, {"remote", "add", "a", "work:x"});
  box.git(repo, {"remote", "add", "b", "work:deep/y"});
  const auto found = snapshot(repo).remotes;
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].display_url == "https://one.example/x");
  BOOST_TEST(found[1].display_url == "https://two.example/y");
  BOOST_TEST(box.git(repo, {"remote", "get-url", "b"}) == "https://token@two.example/y");
}

BOOST_AUTO_TEST_CASE(a_remote_without_address_has_its_name_for_one) {
  const auto repo = box.init("repo").string();
  box.git(repo, {"config", "remote.../sibling.fetch", "refs/heads/*:refs/remotes/s/*"});
  const auto found = snapshot(repo).remotes;
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].display_url == "../sibling");
}

BOOST_AUTO_TEST_CASE(personal_settings_alone_make_no_remote) {
  const auto repo = box.init("repo").string();
  box.write(box / "personal", "[remote \"origin\"]\nprune = true\n");
  ::setenv("GIT_CONFIG_GLOBAL", (box / "personal").c_str(), 1);
  BOOST_TEST(snapshot(repo).remotes.empty());
  ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
}

BOOST_AUTO_TEST_CASE(the_head_of_a_remote_leads_back_to_the_ref_there) {
  const auto server = box.init("server").string();
  box.commit(server, "one");
  const auto clone = (box / "clone").string();
  box.git(box.root(), {"clone", "-q", server, clone});
  box.git(clone, {"remote", "add", "headless", server});
  auto refs = snapshot(clone);
  BOOST_REQUIRE(refs.remote_heads.size() == 1u);
  const auto& [name, ref] = refs.remote_heads[0];
  BOOST_TEST(name == "origin");
  BOOST_TEST(ref.remote_ref == "refs/heads/main");
  BOOST_TEST(ref.tracking_ref == "refs/remotes/origin/main");
  BOOST_TEST((ref.tip == headway::test::branch(refs, "main").tip));
  box.git(clone, {"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone"});
  refs = snapshot(clone);
  BOOST_REQUIRE(refs.remote_heads.size() == 1u);
  BOOST_TEST(!refs.remote_heads[0].second.tip);
  box.git(clone, {"symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main"});
  BOOST_TEST(snapshot(clone).remote_heads.empty());
}

BOOST_AUTO_TEST_SUITE_END()
