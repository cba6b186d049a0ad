#include <boost/test/unit_test.hpp>

#include <actors/fetch/bandwidth_meter.hpp>

BOOST_AUTO_TEST_SUITE(bandwidth_meter)

using namespace headway;
using namespace std::chrono_literals;

namespace {

const wall_time start{std::chrono::seconds{1'700'000'000}};
constexpr std::uint64_t MiB = 1u << 20;

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_brought_beyond_the_rate_is_waited_for) {
  token_bucket bucket{MiB};
  BOOST_TEST(bucket.open(start));
  // Ten seconds of silence are there to be made up for.
  bucket.charge(10 * MiB, start);
  BOOST_TEST(bucket.open(start));
  bucket.charge(5 * MiB, start);
  BOOST_TEST(!bucket.open(start + 4s));
  BOOST_TEST(bucket.open(start + 5s));
}

BOOST_AUTO_TEST_CASE(the_average_of_many_transfers_is_the_rate) {
  token_bucket bucket{MiB};
  auto now = start;
  std::uint64_t brought = 0;
  while (now < start + 1h) {
    if (bucket.open(now)) {
      bucket.charge(7 * MiB, now);
      brought += 7 * MiB;
    }
    now += 250ms;
  }
  BOOST_TEST(brought <= (3'600 + 10 + 7) * MiB);
  BOOST_TEST(brought >= 3'500 * MiB);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_closes_nothing_for_longer) {
  headway::bandwidth_meter meter{MiB, MiB};
  meter.charge("https://a:443", 15 * MiB, start);
  const auto then = start - 24h;
  BOOST_TEST(!meter.open(then + 5s));
  meter.set_back(24h);
  BOOST_TEST(!meter.open(then + 4s));
  BOOST_TEST(meter.open(then + 5s));
  BOOST_TEST(!meter.open("https://a:443", then + 4s));
  BOOST_TEST(meter.open("https://a:443", then + 5s));
}

BOOST_AUTO_TEST_CASE(without_a_rate_everything_may_come) {
  token_bucket bucket;
  bucket.charge(1'000'000 * MiB, start);
  BOOST_TEST(bucket.open(start));
}

BOOST_AUTO_TEST_CASE(a_host_that_owes_holds_up_no_other_host) {
  headway::bandwidth_meter meter{0, MiB};
  meter.charge("https://a:443", 100 * MiB, start);
  BOOST_TEST(meter.open(start));
  BOOST_TEST(!meter.open("https://a:443", start + 89s));
  BOOST_TEST(meter.open("https://a:443", start + 90s));
  BOOST_TEST(meter.open("https://b:443", start));
  meter.charge("file", 100 * MiB, start);
  BOOST_TEST(meter.open("file", start));
}

BOOST_AUTO_TEST_CASE(all_hosts_share_the_rate_of_all) {
  headway::bandwidth_meter meter{MiB, 0};
  meter.charge("https://a:443", 20 * MiB, start);
  meter.charge("https://b:443", 20 * MiB, start);
  BOOST_TEST(!meter.open(start + 29s));
  BOOST_TEST(meter.open(start + 30s));
  meter.configure(0, 0);
  BOOST_TEST(meter.open(start));
}

BOOST_AUTO_TEST_CASE(what_one_host_owes_stays_while_others_are_charged) {
  headway::bandwidth_meter meter{0, MiB};
  meter.charge("https://a:443", 100 * MiB, start);
  meter.charge("https://b:443", 20 * MiB, start);
  BOOST_TEST(!meter.open("https://a:443", start + 89s));
  meter.charge("https://c:443", MiB, start + 60s);
  BOOST_TEST(!meter.open("https://a:443", start + 89s));
  BOOST_TEST(meter.open("https://b:443", start + 60s));
}

BOOST_AUTO_TEST_SUITE_END()
