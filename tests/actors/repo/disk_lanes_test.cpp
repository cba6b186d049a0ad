#include <algorithm>
#include <map>
#include <random>

#include <boost/test/unit_test.hpp>

#include <actors/repo/disk_lanes.hpp>

BOOST_AUTO_TEST_SUITE(disk_lanes)

using headway::disk_id;
using headway::job_pace;
using headway::urgency;

namespace {

struct fixture {
  void add(std::uint64_t job, disk_id disk, job_pace pace = job_pace::opening,
           urgency who = urgency::foreground) {
    lanes.add(job, disk, who, pace);
  }

  /// Begins all that may.
  std::vector<std::uint64_t> begin() {
    std::vector<std::uint64_t> all;
    while (const auto job = lanes.next())
      all.push_back(*job);
    return all;
  }

  using jobs = std::vector<std::uint64_t>;
  headway::disk_lanes lanes{3};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(one_disk_has_all_workers_and_openings_leave_one, fixture) {
  for (std::uint64_t job = 1; job <= 5; ++job)
    add(job, 7);
  BOOST_TEST(lanes.workers() == 3u);
  BOOST_TEST(begin() == (jobs{1, 2}));
  add(6, 7, job_pace::quick);
  add(7, 7, job_pace::quick);
  BOOST_TEST(begin() == (jobs{6}));
  lanes.ended(1);
  // First come, first served: the opening has waited for longer.
  BOOST_TEST(begin() == (jobs{3}));
  lanes.ended(6);
  BOOST_TEST(begin() == (jobs{7}));
}

BOOST_FIXTURE_TEST_CASE(what_a_person_comes_to_wait_for_goes_to_the_end_of_theirs, fixture) {
  for (std::uint64_t job = 1; job <= 4; ++job)
    add(job, 7, job_pace::quick, urgency::background);
  add(5, 7, job_pace::quick);
  lanes.promote(3);
  lanes.promote(3);
  lanes.promote(99);
  BOOST_TEST(begin() == (jobs{5, 3, 1}));
  BOOST_TEST(lanes.waiting() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_hangs_holds_up_no_other, fixture) {
  for (std::uint64_t job = 1; job <= 10; ++job)
    add(job, 1, job % 2 == 0 ? job_pace::quick : job_pace::opening);
  begin();
  for (disk_id disk = 2; disk <= 6; ++disk) {
    add(disk * 100, disk, job_pace::opening);
    add(disk * 100 + 1, disk, job_pace::quick);
    BOOST_TEST(begin() == (jobs{disk * 100, disk * 100 + 1}));
    // They hang, too.
  }
  BOOST_TEST(lanes.workers() == 3u + 5 * 2);
}

BOOST_FIXTURE_TEST_CASE(what_a_new_disk_may_need_is_kept_for_it, fixture) {
  add(1, 1);
  add(2, 2);
  begin();
  lanes.ended(1);
  lanes.ended(2);
  // Alone, a disk still has no more than before there were others.
  for (std::uint64_t job = 10; job < 20; ++job)
    add(job, 1, job_pace::quick);
  BOOST_TEST(begin().size() == 3u);
  add(20, 2, job_pace::opening);
  add(21, 2, job_pace::quick);
  add(22, 2, job_pace::quick);
  BOOST_TEST(begin() == (jobs{20, 21}));
}

BOOST_FIXTURE_TEST_CASE(people_go_first_and_each_in_order, fixture) {
  headway::disk_lanes one{1};
  lanes = one;
  add(1, 7, job_pace::quick, urgency::background);
  add(2, 7, job_pace::quick, urgency::background);
  add(3, 7, job_pace::opening, urgency::foreground);
  add(4, 7, job_pace::quick, urgency::foreground);
  jobs order;
  while (const auto job = lanes.next()) {
    order.push_back(*job);
    BOOST_TEST(begin().empty());
    lanes.ended(*job);
  }
  BOOST_TEST(order == (jobs{3, 4, 1, 2}));
}

BOOST_FIXTURE_TEST_CASE(the_turn_of_the_background_comes_however_much_people_ask, fixture) {
  lanes = headway::disk_lanes{1};
  add(1, 7, job_pace::quick, urgency::background);
  jobs order;
  for (std::uint64_t job = 2; job <= 12; ++job) {
    add(job, 7, job_pace::quick, urgency::foreground);
    add(job + 100, 7, job_pace::quick, urgency::foreground);
    const auto begun = lanes.next();
    BOOST_REQUIRE(begun.has_value());
    order.push_back(*begun);
    lanes.ended(*begun);
  }
  BOOST_TEST(order.at(headway::most_of_people_in_a_row) == 1u);
  BOOST_TEST(std::ranges::count(order, 1u) == 1);
}

BOOST_FIXTURE_TEST_CASE(who_gives_up_waits_no_more, fixture) {
  for (std::uint64_t job = 1; job <= 4; ++job)
    add(job, 7);
  begin();
  BOOST_TEST(lanes.waiting() == 2u);
  BOOST_TEST(lanes.abandon(3));
  BOOST_TEST(!lanes.abandon(3));
  BOOST_TEST(!lanes.abandon(1));
  BOOST_TEST(lanes.waiting() == 1u);
  lanes.ended(1);
  lanes.ended(1);
  BOOST_TEST(begin() == (jobs{4}));
}

BOOST_FIXTURE_TEST_CASE(many_disks_share_some_lanes, fixture) {
  for (disk_id disk = 1; disk <= 30; ++disk)
    add(disk, disk);
  BOOST_TEST(lanes.workers() == 3 + 2 * (headway::disk_lanes::most_lanes - 1));
  std::size_t ended = 0;
  for (auto running = begin(); !running.empty(); running = begin())
    for (const auto job : running) {
      lanes.ended(job);
      ++ended;
    }
  BOOST_TEST(ended == 30u);
}

BOOST_AUTO_TEST_CASE(no_sequence_of_jobs_starves_a_disk_or_takes_too_many_workers) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    std::mt19937 random{seed};
    const auto below = [&](std::size_t end) { return random() % end; };
    headway::disk_lanes lanes{1 + below(4)};
    const disk_id disks = 1 + below(5);
    const disk_id hung = 1 + below(disks);
    std::map<std::uint64_t, disk_id> disk_of;
    std::vector<std::uint64_t> running;
    std::size_t stuck = 0;
    std::uint64_t next = 1;
    for (int step = 0; step < 500; ++step) {
      if (below(2) == 0) {
        disk_of[next] = 1 + below(disks);
        lanes.add(next, disk_of[next], static_cast<urgency>(below(2)),
                  static_cast<job_pace>(below(2)));
        ++next;
      } else if (!running.empty()) {
        const auto which = below(running.size());
        lanes.ended(running[which]);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
      }
      while (const auto job = lanes.next()) {
        if (disk_of.at(*job) == hung)
          ++stuck;
        else
          running.push_back(*job);
      }
      BOOST_REQUIRE(running.size() + stuck <= lanes.workers());
    }
    // All others come to their end.
    while (!running.empty()) {
      lanes.ended(running.back());
      running.pop_back();
      while (const auto job = lanes.next()) {
        if (disk_of.at(*job) == hung)
          ++stuck;
        else
          running.push_back(*job);
      }
    }
    std::size_t of_the_hung = 0;
    for (const auto& [job, disk] : disk_of)
      of_the_hung += disk == hung ? 1 : 0;
    BOOST_TEST(lanes.waiting() == of_the_hung - stuck);
  }
}

BOOST_AUTO_TEST_SUITE_END()
