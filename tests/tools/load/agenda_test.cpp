#include <algorithm>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <tools/load/agenda.hpp>

using namespace headway::load;
using std::chrono::seconds;

namespace {

scenario small_day() {
  scenario plan;
  plan.duration = seconds{100};
  plan.hosts = {{.name = "forge"}};
  plan.projects = {{.count = 50, .host = "forge"}};
  plan.users.count = 10;
  plan.users.rate = 100;
  plan.users.mix[static_cast<std::size_t>(request_kind::status)] = 9;
  plan.users.mix[static_cast<std::size_t>(request_kind::list)] = 1;
  plan.changes = {{.kind = change_kind::push, .rate = 5}};
  return plan;
}

std::ptrdiff_t count_between(const agenda& all, seconds from, seconds to) {
  return std::ranges::count_if(all.requests, [&](const planned_request& request) {
    return request.at >= from && request.at < to;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(agenda)

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run_and_another_seed_another) {
  auto plan = small_day();
  const auto first = fingerprint(plan);
  BOOST_TEST(fingerprint(plan) == first);
  plan.seed = 2;
  BOOST_TEST(fingerprint(plan) != first);
}

BOOST_AUTO_TEST_CASE(requests_come_at_the_rate_and_in_the_mix_that_was_asked_for) {
  const auto all = make_agenda(small_day());
  BOOST_TEST(std::abs(static_cast<double>(all.requests.size()) - 10'000) < 400);
  const auto lists = std::ranges::count(all.requests, request_kind::list, &planned_request::kind);
  BOOST_TEST(std::abs(static_cast<double>(lists) - 1'000) < 150);
  BOOST_TEST(std::ranges::is_sorted(all.requests, {}, &planned_request::at));
}

BOOST_AUTO_TEST_CASE(events_that_are_spread_come_each_at_its_own_moment_after_their_turn) {
  auto plan = small_day();
  plan.events = {{.at = seconds{10},
                  .what = event_kind::kill_node,
                  .name = "kill",
                  .every = seconds{1},
                  .spread = milliseconds{900}}};
  const auto all = make_agenda(plan);
  BOOST_TEST(all.events.size() == 90u);
  std::set<microseconds> delays;
  for (std::size_t i = 0; i < all.events.size(); ++i) {
    const microseconds later = all.events[i].at - seconds{10 + static_cast<int>(i)};
    BOOST_TEST(later.count() >= 0);
    BOOST_TEST(later.count() <= 900'000);
    delays.insert(later);
  }
  BOOST_TEST(delays.size() > 60u);
}

BOOST_AUTO_TEST_CASE(a_peak_multiplies_the_rate_while_it_lasts) {
  auto plan = small_day();
  plan.users.peaks = {{.at = seconds{40}, .lasts = seconds{20}, .factor = 4}};
  const auto all = make_agenda(plan);
  const auto before = static_cast<double>(count_between(all, seconds{20}, seconds{40}));
  const auto during = static_cast<double>(count_between(all, seconds{40}, seconds{60}));
  BOOST_TEST(during / before > 3.6);
  BOOST_TEST(during / before < 4.4);
}

BOOST_AUTO_TEST_CASE(a_few_projects_are_looked_at_most) {
  const auto all = make_agenda(small_day());
  std::vector<std::size_t> looks(50);
  for (const auto& request : all.requests)
    ++looks[request.project];
  std::ranges::sort(looks, std::greater{});
  // Of 50 ranks with exponent 1 the first has 1 / 4.499 of all.
  BOOST_TEST(std::abs(static_cast<double>(looks[0]) / static_cast<double>(all.requests.size()) -
                      1 / 4.499) < 0.02);
  BOOST_TEST(looks.back() > 0u);
}

BOOST_AUTO_TEST_CASE(more_users_do_not_change_what_is_pushed) {
  auto plan = small_day();
  const auto before = make_agenda(plan).changes;
  plan.users.rate = 700;
  const auto after = make_agenda(plan).changes;
  BOOST_REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    BOOST_TEST(before[i].seed == after[i].seed);
}

BOOST_AUTO_TEST_CASE(an_event_repeats_until_the_end_and_is_undone_each_time) {
  auto plan = small_day();
  plan.events = {{.at = seconds{10},
                  .what = event_kind::host_down,
                  .name = "down",
                  .host = "forge",
                  .lasts = seconds{5},
                  .every = seconds{30}}};
  const auto all = make_agenda(plan).events;
  std::vector<double> times;
  for (const auto& event : all)
    times.push_back(static_cast<double>(event.at.count()) / 1e6);
  const std::vector<double> wanted{10, 15, 40, 45, 70, 75};
  BOOST_TEST(times == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(changes_at_once_touch_as_many_projects_as_they_say_each_once) {
  auto plan = small_day();
  plan.changes.clear();
  plan.events = {{.at = seconds{20},
                  .what = event_kind::changes,
                  .name = "forced",
                  .change = change_kind::force_push,
                  .projects = 30,
                  .branches = 10}};
  std::vector<std::uint32_t> touched;
  for (const auto& change : make_agenda(plan).changes)
    touched.push_back(change.project);
  std::ranges::sort(touched);
  BOOST_TEST(touched.size() == 30u);
  BOOST_TEST((std::ranges::adjacent_find(touched) == touched.end()));
}

BOOST_AUTO_TEST_SUITE_END()
