#include <boost/test/unit_test.hpp>

#include <actors/fetch/fetch_queue.hpp>

BOOST_AUTO_TEST_SUITE(fetch_queue)

using namespace headway;

namespace {

const std::string host = "https://example.org:443";

fetch_key key(const std::string& store, const std::string& remote = "origin") {
  return {store, remote};
}

std::string popped(headway::fetch_queue& queue) {
  const auto next = queue.pop();
  return next ? next->common_dir + "/" + next->remote : "nothing";
}

}  // namespace

BOOST_AUTO_TEST_CASE(first_come_first_served_within_a_reason) {
  headway::fetch_queue queue{10};
  for (const auto* store : {"a", "b", "c"})
    queue.push(key(store), host, fetch_reason::due);
  BOOST_TEST(popped(queue) == "a/origin");
  BOOST_TEST(popped(queue) == "b/origin");
  BOOST_TEST(popped(queue) == "c/origin");
  BOOST_TEST(popped(queue) == "nothing");
  BOOST_TEST(queue.running() == 3u);
}

BOOST_AUTO_TEST_CASE(a_person_goes_before_the_schedule) {
  headway::fetch_queue queue{10};
  queue.push(key("due"), host, fetch_reason::due);
  queue.push(key("new"), host, fetch_reason::project_opened);
  queue.push(key("asked"), host, fetch_reason::user_asked);
  BOOST_TEST(popped(queue) == "asked/origin");
  BOOST_TEST(popped(queue) == "new/origin");
  BOOST_TEST(popped(queue) == "due/origin");
}

BOOST_AUTO_TEST_CASE(asking_for_what_waits_joins_it_and_moves_it_forward) {
  headway::fetch_queue queue{10};
  queue.push(key("a"), host, fetch_reason::due);
  queue.push(key("b"), host, fetch_reason::due);
  queue.push(key("b"), host, fetch_reason::user_asked);
  BOOST_TEST(queue.waiting() == 2u);
  BOOST_TEST(popped(queue) == "b/origin");
  // The schedule never moves a person's request back.
  queue.push(key("c"), host, fetch_reason::user_asked);
  queue.push(key("c"), host, fetch_reason::due);
  BOOST_TEST(popped(queue) == "c/origin");
}

BOOST_AUTO_TEST_CASE(a_store_is_fetched_once_at_a_time) {
  headway::fetch_queue queue{10};
  queue.push(key("a", "origin"), host, fetch_reason::user_asked);
  queue.push(key("a", "fork"), host, fetch_reason::user_asked);
  queue.push(key("b"), host, fetch_reason::due);
  BOOST_TEST(popped(queue) == "a/origin");
  BOOST_TEST(queue.store_busy("a"));
  BOOST_TEST(popped(queue) == "b/origin");
  BOOST_TEST(popped(queue) == "nothing");
  queue.finished(key("a", "origin"));
  BOOST_TEST(popped(queue) == "a/fork");
}

BOOST_AUTO_TEST_CASE(a_host_has_so_many_at_once_and_holds_up_no_other) {
  headway::fetch_queue queue{2};
  for (const auto* store : {"a", "b", "c"})
    queue.push(key(store), host, fetch_reason::user_asked);
  queue.push(key("elsewhere"), "ssh://other:22", fetch_reason::due);
  BOOST_TEST(popped(queue) == "a/origin");
  BOOST_TEST(popped(queue) == "b/origin");
  BOOST_TEST(popped(queue) == "elsewhere/origin");
  BOOST_TEST(popped(queue) == "nothing");
  queue.finished(key("b"));
  BOOST_TEST(popped(queue) == "c/origin");
}

BOOST_AUTO_TEST_CASE(the_disk_is_no_host) {
  headway::fetch_queue queue{1};
  for (const auto* store : {"a", "b", "c"})
    queue.push(key(store), "file", fetch_reason::due);
  for (const auto* store : {"a/origin", "b/origin", "c/origin"})
    BOOST_TEST(popped(queue) == store);
}

BOOST_AUTO_TEST_CASE(ending_what_does_not_run_changes_nothing) {
  headway::fetch_queue queue{1};
  queue.finished(key("a"));
  queue.push(key("a"), host, fetch_reason::due);
  BOOST_TEST(popped(queue) == "a/origin");
  queue.finished(key("a"));
  queue.finished(key("a"));
  BOOST_TEST(queue.running() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_taken_out_does_not_run) {
  headway::fetch_queue queue{10};
  queue.push(key("a"), host, fetch_reason::due);
  BOOST_TEST(queue.contains(key("a")));
  BOOST_TEST(queue.remove(key("a")));
  BOOST_TEST(!queue.remove(key("a")));
  BOOST_TEST(popped(queue) == "nothing");
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_host_can_be_taken_out_together) {
  headway::fetch_queue queue{10};
  queue.push(key("a"), host, fetch_reason::due);
  queue.push(key("b"), "ssh://other:22", fetch_reason::due);
  queue.push(key("c"), host, fetch_reason::due);
  BOOST_TEST(queue.drain(host).size() == 2u);
  BOOST_TEST(popped(queue) == "b/origin");
}

BOOST_AUTO_TEST_CASE(what_does_not_wait_has_neither_place_nor_reason) {
  headway::fetch_queue queue{10};
  queue.push(key("a"), host, fetch_reason::due);
  BOOST_TEST(queue.position(key("a")).value() == 1u);
  BOOST_TEST((queue.reason(key("a")) == fetch_reason::due));
  BOOST_TEST(!queue.position(key("b")).has_value());
  BOOST_TEST(!queue.reason(key("b")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
