#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <actors/fetch/probe_queue.hpp>

BOOST_AUTO_TEST_SUITE(probe_queue)

using namespace headway;

namespace {

fetch_key key(const std::string& store) {
  return {"/" + store, "origin"};
}

std::string names(const probe_batch& batch) {
  std::string result;
  for (const auto& [one, reason] : batch.remotes)
    result += one.common_dir.substr(1) + " ";
  return result;
}

struct fixture {
  void push(const std::string& store, const std::string& host,
            fetch_reason reason = fetch_reason::due, const std::string& url = {}) {
    queue.push(key(store), {host, url.empty() ? host + "/" + store : url}, reason);
  }
  std::string pop(std::size_t per_host = 100) {
    return names(queue.pop([per_host](const std::string&, fetch_reason) { return per_host; }));
  }

  headway::probe_queue queue;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(earlier_reasons_go_first_each_first_come_first_served, fixture) {
  push("a", "h");
  push("b", "i");
  push("c", "h", fetch_reason::project_opened);
  push("d", "i", fetch_reason::user_asked);
  push("e", "h", fetch_reason::user_asked);
  BOOST_TEST(queue.position(key("d")).value() == 1u);
  BOOST_TEST(queue.position(key("b")).value() == 5u);
  for (const auto* expected : {"d ", "e ", "c ", "a ", "b ", ""})
    BOOST_TEST(pop() == expected);
  BOOST_TEST(queue.running() == 5u);
  BOOST_TEST(!queue.position(key("a")).has_value());
  BOOST_TEST(!queue.reason(key("a")).has_value());
}

BOOST_FIXTURE_TEST_CASE(one_that_waits_already_is_moved_forward_and_never_back, fixture) {
  push("a", "h");
  push("b", "h");
  push("b", "h", fetch_reason::user_asked);
  push("b", "h", fetch_reason::due);
  BOOST_TEST(queue.waiting() == 2u);
  BOOST_TEST((queue.reason(key("b")) == fetch_reason::user_asked));
  BOOST_TEST(pop() == "b ");
  BOOST_TEST(pop() == "a ");
}

BOOST_FIXTURE_TEST_CASE(what_lies_at_one_address_goes_together, fixture) {
  push("a", "h", fetch_reason::due, "h/x");
  push("b", "h");
  push("c", "h", fetch_reason::user_asked, "h/x");
  push("d", "h", fetch_reason::due, "h/x");
  BOOST_TEST(pop() == "c a d ");
  BOOST_TEST(queue.running() == 1u);
  BOOST_TEST(queue.running_at("h") == 1u);
  push("a", "h", fetch_reason::due, "h/x");
  BOOST_TEST(pop() == "b ");
  BOOST_TEST(pop() == "a ");
}

BOOST_FIXTURE_TEST_CASE(a_full_host_holds_up_nobody_else, fixture) {
  for (const auto* store : {"a", "b", "c"})
    push(store, "h");
  push("d", "i");
  BOOST_TEST(pop(1) == "a ");
  BOOST_TEST(pop(1) == "d ");
  BOOST_TEST(pop(1) == "");
  queue.finished("h");
  BOOST_TEST(pop(1) == "b ");
  const auto people_only = [](const std::string&, fetch_reason reason) {
    return reason == fetch_reason::user_asked ? std::size_t{9} : 0;
  };
  BOOST_TEST(queue.pop(people_only).empty());
  push("c", "h", fetch_reason::user_asked);
  BOOST_TEST(names(queue.pop(people_only)) == "c ");
}

BOOST_FIXTURE_TEST_CASE(what_is_taken_out_does_not_go, fixture) {
  push("a", "h", fetch_reason::due, "h/x");
  push("b", "h", fetch_reason::due, "h/x");
  push("c", "i");
  BOOST_TEST(queue.remove(key("a")));
  BOOST_TEST(!queue.remove(key("a")));
  BOOST_TEST(queue.drain("h").size() == 1u);
  BOOST_TEST(queue.drain("h").empty());
  BOOST_TEST(queue.drain("never").empty());
  BOOST_TEST(queue.waiting() == 1u);
  BOOST_TEST(pop() == "c ");
  queue.finished("i");
  BOOST_TEST(queue.running() == 0u);
  BOOST_TEST(queue.running_at("i") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
