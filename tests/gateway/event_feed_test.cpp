#include <boost/test/unit_test.hpp>

#include <actors/gateway/event_feed.hpp>

BOOST_AUTO_TEST_SUITE(event_feed)

using namespace headway;

namespace {

project_info line(const std::string& id, project_state state) {
  return {{id}, "/src/" + id, state, ""};
}

remotes_changed change(const std::string& id, fetch_stage stage) {
  return {{id},
          std::make_shared<const std::vector<remote_state>>(
              std::vector{remote_state{.remote = "origin", .stage = stage}})};
}

const project_info& line_in(const engine_event& news) {
  return std::get<project_info>(news);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_to_wait_wakes_somebody) {
  gateway::event_feed feed;
  BOOST_TEST(feed.empty());
  BOOST_TEST(feed.note(line("a", project_state::fresh)));
  BOOST_TEST(!feed.note(line("b", project_state::fresh)));
  BOOST_TEST(feed.take(10).size() == 2u);
  BOOST_TEST(feed.empty());
  BOOST_TEST(feed.note(line("a", project_state::fresh)));
}

BOOST_AUTO_TEST_CASE(of_each_project_the_last_word_stays) {
  gateway::event_feed feed;
  feed.note(line("a", project_state::refreshing));
  feed.note(line("b", project_state::fresh));
  feed.note(line("a", project_state::error));
  const auto taken = feed.take(10);
  BOOST_REQUIRE(taken.size() == 2u);
  BOOST_TEST(line_in(taken[0]).id.slug == "a");
  BOOST_TEST((line_in(taken[0]).state == project_state::error));
  BOOST_TEST(line_in(taken[1]).id.slug == "b");
}

BOOST_AUTO_TEST_CASE(a_document_replaces_a_line_and_a_removal_both) {
  gateway::event_feed feed;
  auto document = std::make_shared<sync_status>();
  document->project = {"a"};
  feed.note(line("a", project_state::refreshing));
  feed.note(sync_status_ptr{document});
  feed.note(project_removed{{"a"}});
  const auto taken = feed.take(10);
  BOOST_REQUIRE(taken.size() == 1u);
  BOOST_TEST(std::holds_alternative<project_removed>(taken[0]));
}

BOOST_AUTO_TEST_CASE(fetches_do_not_hide_how_a_project_stands) {
  gateway::event_feed feed;
  feed.note(line("a", project_state::fresh));
  feed.note(change("a", fetch_stage::running));
  feed.note(change("a", fetch_stage::done));
  const auto taken = feed.take(10);
  BOOST_REQUIRE(taken.size() == 2u);
  BOOST_TEST((std::get<remotes_changed>(taken[1]).remotes->front().stage == fetch_stage::done));
}

BOOST_AUTO_TEST_CASE(what_is_not_taken_stays_in_order) {
  gateway::event_feed feed;
  for (const char* id : {"a", "b", "c"})
    feed.note(line(id, project_state::fresh));
  BOOST_TEST(feed.take(2).size() == 2u);
  BOOST_TEST(!feed.empty());
  const auto rest = feed.take(2);
  BOOST_REQUIRE(rest.size() == 1u);
  BOOST_TEST(line_in(rest[0]).id.slug == "c");
}

BOOST_AUTO_TEST_SUITE_END()
