#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <boost/test/unit_test.hpp>

#include <actors/repo/lease_book.hpp>

BOOST_AUTO_TEST_SUITE(lease_book)

using namespace headway;
using namespace std::chrono_literals;

namespace {

using verdict = headway::lease_book::verdict;
using time_point = headway::lease_book::clock::time_point;

// What a slot is taken for until it was measured.
constexpr handle_cost unmeasured{512ull << 10, 8};

time_point at(std::chrono::milliseconds since_start) {
  return time_point{} + 1h + since_start;
}

/// Room for `slots` handles that were never measured.
lease_limits room_for(std::uint64_t slots) {
  lease_limits limits;
  limits.memory_bytes = slots * unmeasured.memory_bytes;
  limits.file_descriptors = slots * unmeasured.file_descriptors;
  limits.per_repository = 4;
  return limits;
}

std::vector<std::uint64_t> tickets(const std::vector<headway::lease_book::grant>& grants) {
  std::vector<std::uint64_t> result;
  for (const auto& grant : grants)
    result.push_back(grant.ticket);
  return result;
}

using numbers = std::vector<std::uint64_t>;

/// Keeps its own account of a book and checks the two against each other after every step.
class walk {
 public:
  explicit walk(std::uint64_t seed) : random_(seed) {
    limits_.memory_bytes = 8ull << 20;
    limits_.file_descriptors = 100;
    limits_.idle_ttl = 10s;
    limits_.queue = 40;
    limits_.per_repository = 3;
    book_ = std::make_unique<headway::lease_book>(limits_);
  }

  void step() {
    now_ += std::chrono::milliseconds{pick(400)};
    switch (pick(6)) {
      case 0:
      case 1:
      case 2:
        acquire();
        break;
      case 3:
      case 4:
        release();
        break;
      default:
        pick(4) == 0 ? book_->expire(at(now_)) : abandon();
    }
    settle();
  }

  void drain() {
    while (!leased_.empty()) {
      release();
      settle();
    }
    BOOST_TEST(waiting_.empty());
    book_->expire(at(now_ + limits_.idle_ttl));
    settle();
    const auto stats = book_->stats();
    BOOST_TEST(stats.open == 0u);
    BOOST_TEST(stats.memory_bytes == 0u);
    BOOST_TEST(stats.file_descriptors == 0u);
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  void acquire() {
    const auto ticket = ++last_ticket_;
    const auto key = "repository " + std::to_string(pick(12));
    const auto who = pick(2) == 0 ? urgency::foreground : urgency::background;
    const auto full = waiting_.size() >= limits_.queue;
    waiting_[ticket] = key;
    if (book_->acquire(ticket, key, who) == verdict::overloaded) {
      BOOST_TEST(full);
      waiting_.erase(ticket);
    }
  }

  void release() {
    if (leased_.empty())
      return;
    const auto it = std::next(leased_.begin(), static_cast<std::ptrdiff_t>(pick(leased_.size())));
    std::optional<handle_cost> cost;
    if (pick(5) != 0)
      cost = handle_cost{pick(6ull << 20), pick(60)};
    const auto ticket = it->first;
    idle_.insert(it->second);
    leased_.erase(it);
    book_->release(ticket, cost, at(now_));
  }

  void abandon() {
    if (waiting_.empty())
      return;
    const auto it = std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(pick(waiting_.size())));
    BOOST_TEST(book_->abandon(it->first));
    waiting_.erase(it);
  }

  void settle() {
    // Slots may be granted and closed in one step; a slot that is leased is never among the closed.
    for (const auto& grant : book_->take_grants()) {
      BOOST_REQUIRE(waiting_.contains(grant.ticket));
      const auto key = waiting_.extract(grant.ticket).mapped();
      const auto [known, fresh] = key_of_.emplace(grant.slot, key);
      BOOST_TEST(known->second == key);
      for (const auto& [ticket, slot] : leased_)
        BOOST_TEST(slot != grant.slot);
      idle_.erase(grant.slot);
      leased_[grant.ticket] = grant.slot;
    }
    for (const auto slot : book_->take_evictions()) {
      BOOST_TEST(idle_.erase(slot) == 1u);
      key_of_.erase(slot);
    }
    compare();
  }

  void compare() {
    const auto stats = book_->stats();
    BOOST_TEST(stats.leased == leased_.size());
    BOOST_TEST(stats.waiting == waiting_.size());
    BOOST_TEST(stats.open == key_of_.size());
    // One handle may be over the budget when it is the only one.
    if (stats.open > 1) {
      BOOST_TEST(stats.memory_bytes <= limits_.memory_bytes);
      BOOST_TEST(stats.file_descriptors <= limits_.file_descriptors);
    }
    std::map<std::string, std::size_t> per_repository;
    for (const auto& [slot, key] : key_of_)
      BOOST_TEST(++per_repository[key] <= limits_.per_repository);
  }

  std::mt19937_64 random_;
  lease_limits limits_;
  std::unique_ptr<headway::lease_book> book_;
  std::chrono::milliseconds now_{0};
  std::uint64_t last_ticket_ = 0;
  std::map<std::uint64_t, std::string> waiting_;
  std::map<std::uint64_t, std::uint64_t> leased_;  // Ticket to slot.
  std::set<std::uint64_t> idle_;
  std::map<std::uint64_t, std::string> key_of_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(no_sequence_of_requests_exceeds_a_budget_or_starves_anybody) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      walk random{seed};
      for (int i = 0; i < 2'000; ++i)
        random.step();
      random.drain();
    }
  }
}

BOOST_AUTO_TEST_CASE(an_idle_handle_is_used_again) {
  headway::lease_book book{room_for(2)};
  BOOST_TEST((book.acquire(1, "a", urgency::foreground) == verdict::granted));
  const auto slot = book.take_grants().at(0).slot;
  book.release(1, unmeasured, at(0ms));
  BOOST_TEST((book.acquire(2, "a", urgency::background) == verdict::granted));
  BOOST_TEST(book.take_grants().at(0).slot == slot);
  BOOST_TEST(book.stats().hits == 1u);
  BOOST_TEST(book.stats().misses == 1u);
}

BOOST_AUTO_TEST_CASE(who_waits_is_served_in_order) {
  auto limits = room_for(8);
  limits.per_repository = 1;
  headway::lease_book book{limits};
  book.acquire(1, "a", urgency::foreground);
  for (std::uint64_t ticket = 2; ticket <= 4; ++ticket)
    BOOST_TEST((book.acquire(ticket, "a", urgency::foreground) == verdict::waiting));
  book.take_grants();
  for (std::uint64_t ticket = 1; ticket <= 3; ++ticket) {
    book.release(ticket, unmeasured, at(0ms));
    BOOST_TEST(tickets(book.take_grants()) == numbers{ticket + 1});
  }
}

BOOST_AUTO_TEST_CASE(what_a_person_comes_to_wait_for_goes_before_the_background) {
  auto limits = room_for(8);
  limits.per_repository = 1;
  headway::lease_book book{limits};
  for (std::uint64_t ticket = 1; ticket <= 3; ++ticket)
    book.acquire(ticket, "a", urgency::background);
  book.promote(3);
  book.promote(1);
  book.take_grants();
  book.release(1, unmeasured, at(0ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{3});
}

BOOST_AUTO_TEST_CASE(people_go_before_the_background) {
  auto limits = room_for(8);
  limits.per_repository = 1;
  headway::lease_book book{limits};
  book.acquire(1, "a", urgency::background);
  book.acquire(2, "a", urgency::background);
  book.acquire(3, "a", urgency::foreground);
  book.take_grants();
  book.release(1, unmeasured, at(0ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{3});
  book.release(3, unmeasured, at(0ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{2});
}

BOOST_AUTO_TEST_CASE(a_repository_in_full_use_holds_up_nobody_else) {
  auto limits = room_for(8);
  limits.per_repository = 2;
  headway::lease_book book{limits};
  book.acquire(1, "a", urgency::foreground);
  book.acquire(2, "a", urgency::foreground);
  BOOST_TEST((book.acquire(3, "a", urgency::foreground) == verdict::waiting));
  BOOST_TEST((book.acquire(4, "b", urgency::foreground) == verdict::granted));
  BOOST_TEST((book.acquire(5, "b", urgency::background) == verdict::granted));
}

BOOST_AUTO_TEST_CASE(who_waits_for_room_is_not_overtaken) {
  headway::lease_book book{room_for(2)};
  book.acquire(1, "a", urgency::foreground);
  book.acquire(2, "b", urgency::foreground);
  book.acquire(3, "c", urgency::foreground);
  BOOST_TEST((book.acquire(4, "a", urgency::foreground) == verdict::waiting));
  book.take_grants();
  // The handle of "a" is free now and would serve 4 at once; 3 was first.
  book.release(1, unmeasured, at(0ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{3});
  book.release(2, unmeasured, at(0ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{4});
}

BOOST_AUTO_TEST_CASE(the_handle_unused_for_longest_makes_room) {
  headway::lease_book book{room_for(3)};
  std::map<std::string, std::uint64_t> slot;
  std::uint64_t ticket = 0;
  const auto use = [&](const std::string& key, std::chrono::milliseconds when) {
    BOOST_REQUIRE((book.acquire(++ticket, key, urgency::foreground) == verdict::granted));
    slot[key] = book.take_grants().at(0).slot;
    book.release(ticket, unmeasured, at(when));
  };
  use("a", 1ms);
  use("b", 2ms);
  use("c", 3ms);
  use("a", 4ms);
  BOOST_TEST(book.take_evictions().empty());
  const auto b = slot["b"], c = slot["c"];
  use("d", 5ms);
  BOOST_TEST(book.take_evictions() == numbers{b});
  use("e", 6ms);
  BOOST_TEST(book.take_evictions() == numbers{c});
  BOOST_TEST(book.stats().evictions == 2u);
}

BOOST_AUTO_TEST_CASE(a_handle_that_grew_over_the_budget_is_closed_when_it_comes_back) {
  headway::lease_book book{room_for(2)};
  book.acquire(1, "a", urgency::foreground);
  const auto slot = book.take_grants().at(0).slot;
  book.release(1, handle_cost{64ull << 20, 1}, at(0ms));
  BOOST_TEST(book.take_evictions() == numbers{slot});
  BOOST_TEST(book.stats().memory_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(idle_handles_go_after_their_time_and_used_ones_stay) {
  auto limits = room_for(4);
  limits.idle_ttl = 10s;
  headway::lease_book book{limits};
  book.acquire(1, "idle", urgency::foreground);
  const auto idle = book.take_grants().at(0).slot;
  book.acquire(2, "used", urgency::foreground);
  book.release(1, unmeasured, at(0ms));
  book.expire(at(9'999ms));
  BOOST_TEST(book.take_evictions().empty());
  book.expire(at(10s));
  BOOST_TEST(book.take_evictions() == numbers{idle});
  book.expire(at(1h));
  BOOST_TEST(book.stats().leased == 1u);
  BOOST_TEST(book.stats().open == 1u);
}

BOOST_AUTO_TEST_CASE(a_budget_for_less_than_one_handle_still_gives_one) {
  lease_limits limits;
  limits.memory_bytes = 1;
  limits.file_descriptors = 1;
  headway::lease_book book{limits};
  BOOST_TEST((book.acquire(1, "a", urgency::foreground) == verdict::granted));
  BOOST_TEST((book.acquire(2, "b", urgency::foreground) == verdict::waiting));
  book.take_grants();
  book.release(1, unmeasured, at(0ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{2});
  BOOST_TEST(book.stats().open == 1u);
}

BOOST_AUTO_TEST_CASE(a_handle_that_was_never_opened_is_given_up) {
  headway::lease_book book{room_for(2)};
  book.acquire(1, "a", urgency::foreground);
  const auto slot = book.take_grants().at(0).slot;
  book.release(1, std::nullopt, at(0ms));
  BOOST_TEST(book.take_evictions() == numbers{slot});
  BOOST_TEST(book.stats().open == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses) {
  auto limits = room_for(1);
  limits.queue = 1;
  headway::lease_book book{limits};
  book.acquire(1, "a", urgency::foreground);
  BOOST_TEST((book.acquire(2, "b", urgency::foreground) == verdict::waiting));
  BOOST_TEST((book.acquire(3, "c", urgency::foreground) == verdict::overloaded));
  BOOST_TEST((book.acquire(4, "d", urgency::background) == verdict::overloaded));
}

BOOST_AUTO_TEST_CASE(who_gives_up_lets_those_behind_pass) {
  auto limits = room_for(2);
  headway::lease_book book{limits};
  book.acquire(1, "a", urgency::foreground);
  book.acquire(2, "b", urgency::foreground);
  book.acquire(3, "c", urgency::foreground);
  book.acquire(4, "d", urgency::foreground);
  book.take_grants();
  BOOST_TEST(book.abandon(3));
  BOOST_TEST(!book.abandon(3));
  BOOST_TEST(!book.abandon(1));
  book.release(1, unmeasured, at(0ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{4});
}

BOOST_AUTO_TEST_CASE(a_lease_that_is_returned_twice_counts_once) {
  headway::lease_book book{room_for(2)};
  book.acquire(1, "a", urgency::foreground);
  book.release(1, unmeasured, at(0ms));
  book.release(1, unmeasured, at(0ms));
  BOOST_TEST(book.stats().memory_bytes == unmeasured.memory_bytes);
}

BOOST_AUTO_TEST_CASE(a_repository_larger_than_the_budget_is_opened_alone_and_closed_after_use) {
  headway::lease_book book{room_for(2)};
  const handle_cost huge{64ull << 20, 1};
  book.acquire(1, "huge", urgency::foreground);
  book.release(1, huge, at(0ms));
  BOOST_TEST(book.stats().open == 0u);
  book.acquire(2, "small", urgency::foreground);
  // What it cost is known now: not beside another one.
  BOOST_TEST((book.acquire(3, "huge", urgency::foreground) == verdict::waiting));
  book.take_grants();
  book.release(2, unmeasured, at(1ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{3});
  BOOST_TEST(book.stats().open == 1u);
  BOOST_TEST((book.acquire(4, "small", urgency::foreground) == verdict::waiting));
  book.release(3, huge, at(2ms));
  BOOST_TEST(tickets(book.take_grants()) == numbers{4});
}

BOOST_AUTO_TEST_CASE(a_repository_that_shrank_is_opened_beside_others_again) {
  headway::lease_book book{room_for(2)};
  book.acquire(1, "a", urgency::foreground);
  book.release(1, handle_cost{64ull << 20, 1}, at(0ms));
  book.acquire(2, "a", urgency::foreground);
  book.release(2, unmeasured, at(0ms));
  book.acquire(3, "b", urgency::foreground);
  BOOST_TEST((book.acquire(4, "a", urgency::foreground) == verdict::granted));
}

BOOST_AUTO_TEST_CASE(no_more_are_open_than_allowed) {
  auto limits = room_for(100);
  limits.handles = 2;
  headway::lease_book book{limits};
  book.acquire(1, "a", urgency::foreground);
  book.acquire(2, "b", urgency::foreground);
  BOOST_TEST((book.acquire(3, "c", urgency::foreground) == verdict::waiting));
  book.release(1, unmeasured, at(0ms));
  BOOST_TEST(book.stats().open == 2u);
  BOOST_TEST(book.stats().evictions == 1u);
}

BOOST_AUTO_TEST_CASE(pressure_halves_what_may_be_used_and_calm_gives_it_back_in_steps) {
  headway::lease_book book{room_for(16)};
  for (std::uint64_t ticket = 1; ticket <= 16; ++ticket) {
    book.acquire(ticket, "r" + std::to_string(ticket), urgency::foreground);
    book.release(ticket, unmeasured, at(std::chrono::milliseconds{ticket}));
  }
  for (const std::size_t left : {8u, 4u, 2u, 1u, 1u}) {
    book.squeeze();
    BOOST_TEST(book.stats().open == left);
  }
  std::uint64_t ticket = 100;
  for (const std::size_t room : {3u, 5u, 7u, 9u, 11u, 13u, 15u, 16u, 16u}) {
    book.relax();
    for (int i = 0; i < 16; ++i) {
      book.acquire(++ticket, "s" + std::to_string(i), urgency::foreground);
      book.release(ticket, unmeasured, at(1s));
    }
    BOOST_TEST(book.stats().open == room);
  }
}

BOOST_AUTO_TEST_SUITE_END()
