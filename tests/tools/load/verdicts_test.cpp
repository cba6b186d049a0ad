#include <boost/test/unit_test.hpp>

#include <tools/load/judgement_text.hpp>
#include <tools/load/verdicts.hpp>

using namespace headway::load;
using namespace std::chrono_literals;

namespace {

/// A minute with a status request a millisecond long each second, ten while "down" lasts.
performance minute_with_trouble() {
  performance seen;
  seen.incidents = {{{20s, 40s}, "down", {}}};
  for (int i = 0; i < 60; ++i)
    seen.book.samples.push_back({std::chrono::seconds{i}, i >= 20 && i < 40 ? 10ms : 1ms,
                                 request_kind::status, outcome::answered});
  return seen;
}

verdict judged(const performance& seen, const std::string& that, const std::string& during = {}) {
  scenario plan;
  plan.warm_up = 5s;
  plan.judgements = {*parse_judgement(that)};
  plan.judgements[0].during = during;
  return judge(plan, seen)[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verdicts)

BOOST_AUTO_TEST_CASE(a_percentile_is_of_the_run_or_of_an_event) {
  const auto seen = minute_with_trouble();
  BOOST_TEST(judged(seen, "status p50 < 2 ms").holds);
  BOOST_TEST(!judged(seen, "status p50 < 2 ms", "down").holds);
  BOOST_TEST(judged(seen, "status p50 < 2 ms", "down").figure.value() == 10);
}

BOOST_AUTO_TEST_CASE(a_change_is_against_the_rest_of_the_run) {
  const auto seen = minute_with_trouble();
  BOOST_TEST(judged(seen, "status p99 change < 10 %", "down").figure.value() == 900);
  BOOST_TEST(judged(seen, "status p99 added < 10 ms", "down").figure.value() == 9);
}

BOOST_AUTO_TEST_CASE(
    turns_are_compared_with_their_neighbours_and_one_bad_second_is_not_the_figure) {
  performance seen;
  for (int turn = 0; turn < 5; ++turn)
    seen.incidents.push_back(
        {{std::chrono::seconds{20 + 20 * turn}, std::chrono::seconds{30 + 20 * turn}}, "down", {}});
  for (int i = 0; i < 130; ++i) {
    const bool down = i >= 20 && i < 120 && i / 10 % 2 == 0;
    const auto usual = std::chrono::microseconds{down ? 1'050 : 1'000};
    // The machine slows down over the run, and is away for some seconds of one turn.
    const auto slower = usual * (100 + i) / 100;
    seen.book.samples.push_back({std::chrono::seconds{i},
                                 i >= 62 && i < 66 ? std::chrono::microseconds{90'000} : slower,
                                 request_kind::status, outcome::answered});
  }
  const auto change = judged(seen, "status p50 change < 10 %", "down");
  BOOST_TEST(change.holds);
  BOOST_TEST(change.figure.value() > 2);
  BOOST_TEST(change.figure.value() < 8);
  BOOST_TEST(judged(seen, "status p99 change < 10 %", "down").figure.value() < 10);
  BOOST_TEST(judged(seen, "status p50 added < 1 ms", "down").figure.value() < 0.2);
}

BOOST_AUTO_TEST_CASE(the_warm_up_does_not_count) {
  auto seen = minute_with_trouble();
  seen.book.samples.push_back({1s, 5'000ms, request_kind::status, outcome::failed});
  BOOST_TEST(judged(seen, "errors = 0").holds);
}

BOOST_AUTO_TEST_CASE(growth_is_from_the_second_quarter_to_the_last) {
  performance seen;
  for (int i = 0; i < 80; ++i) {
    node_sample one{.at = std::chrono::seconds{5 + i}};
    one.resident_bytes = i < 20 ? 100 : i < 60 ? 1'000 : 1'020;
    one.descriptors = 50;
    seen.samples.push_back(one);
  }
  BOOST_TEST(judged(seen, "memory growth < 3 %").holds);
  BOOST_TEST(!judged(seen, "memory growth < 1 %").holds);
  BOOST_TEST(judged(seen, "descriptor growth <= 0 %").holds);
}

BOOST_AUTO_TEST_CASE(what_users_see_grows_older_or_does_not) {
  performance seen;
  for (int i = 0; i < 80; ++i)
    seen.book.ages.push_back({std::chrono::seconds{5 + i}, i < 60 ? 1'000ms : 1'200ms, 0});
  BOOST_TEST(judged(seen, "staleness growth < 21 %").holds);
  BOOST_TEST(!judged(seen, "staleness growth < 19 %").holds);
}

BOOST_AUTO_TEST_CASE(a_log_is_as_long_as_it_ever_was) {
  performance seen;
  for (int i = 0; i < 10; ++i) {
    node_sample one{.at = std::chrono::seconds{5 + i}};
    one.resident_bytes = 1;
    one.wal_bytes = i == 4 ? 3 << 20 : 1 << 20;
    seen.samples.push_back(one);
  }
  BOOST_TEST(judged(seen, "wal <= 3 MiB").holds);
  BOOST_TEST(!judged(seen, "wal < 3 MiB").holds);
}

BOOST_AUTO_TEST_CASE(what_was_not_measured_does_not_hold) {
  const performance nothing;
  for (const auto* that : {"status p99 < 1 s", "wrong answers = 0", "lost acknowledgements = 0",
                           "late projects < 1 %", "memory < 1 GiB", "memory growth < 1 %",
                           "descriptor growth < 1 %", "cpu < 100 %", "restart < 2 s", "debris = 0",
                           "pair hit rate > 0 %", "wal < 1 GiB", "staleness growth < 1 %"}) {
    BOOST_TEST(!judged(nothing, that).holds, that);
    BOOST_TEST(!judged(nothing, that).figure.has_value(), that);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_answer_counts_whenever_it_was_given) {
  performance seen;
  seen.end.branches = 10;
  BOOST_TEST(judged(seen, "wrong answers = 0").holds);
  seen.wrong_at_once = {"x"};
  BOOST_TEST(!judged(seen, "wrong answers = 0").holds);
}

BOOST_AUTO_TEST_SUITE_END()
