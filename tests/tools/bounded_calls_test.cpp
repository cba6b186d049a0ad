#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <tools/survey/bounded_calls.hpp>

namespace headway::test {

using namespace tools;

namespace {

pace onwards(std::size_t) {
  return pace::go_on;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bounded_calls)

BOOST_AUTO_TEST_CASE(every_call_is_made_once) {
  std::vector<int> calls(1000);
  const bool complete = run_bounded(
      calls.size(), 7,
      [&](std::size_t i, call_done done) {
        ++calls[i];
        done();
      },
      onwards);
  BOOST_TEST(complete);
  BOOST_TEST(calls == std::vector<int>(1000, 1));
}

BOOST_AUTO_TEST_CASE(no_more_than_the_limit_run_at_once) {
  std::vector<call_done> open;
  std::size_t most = 0;
  run_bounded(
      20, 3,
      [&](std::size_t, call_done done) {
        open.push_back(std::move(done));
        most = std::max(most, open.size());
      },
      [&](std::size_t) {
        if (!open.empty()) {
          open.back()();
          open.pop_back();
        }
        return pace::go_on;
      });
  BOOST_TEST(most == 3u);
}

BOOST_AUTO_TEST_CASE(answers_may_come_on_other_threads) {
  std::vector<std::thread> threads;
  const bool complete = run_bounded(
      16, 4,
      [&](std::size_t, call_done done) {
        threads.emplace_back([done = std::move(done)] { done(); });
      },
      onwards);
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(complete);
}

BOOST_AUTO_TEST_CASE(a_stop_starts_nothing_more_and_waits_for_nothing) {
  std::vector<call_done> late;
  const bool complete = run_bounded(
      10, 2, [&](std::size_t, call_done done) { late.push_back(std::move(done)); },
      [&](std::size_t) { return late.size() < 2 ? pace::go_on : pace::stop; });
  BOOST_TEST(!complete);
  BOOST_TEST(late.size() == 2u);
  late.front()();  // Harmless, though nobody waits.
}

BOOST_AUTO_TEST_CASE(nothing_to_do_is_done) {
  BOOST_TEST(run_bounded(
      0, 1, [](std::size_t, const call_done&) {}, onwards));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
