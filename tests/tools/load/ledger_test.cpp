#include <boost/test/unit_test.hpp>

#include <tools/load/crowd.hpp>
#include <tools/load/ledger.hpp>
#include <tools/load/node_list.hpp>

using namespace headway::load;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(ledger)

BOOST_AUTO_TEST_CASE(a_percentile_is_a_latency_that_was_seen) {
  std::vector<double> times;
  for (int i = 1; i <= 100; ++i)
    times.push_back(i);
  BOOST_TEST(percentile(times, 50).value() == 50);
  BOOST_TEST(percentile(times, 99).value() == 99);
  BOOST_TEST(percentile(times, 99.9).value() == 100);
  BOOST_TEST(percentile(times, 100).value() == 100);
  BOOST_TEST(percentile({7}, 1).value() == 7);
  BOOST_TEST(!percentile({}, 50));
}

BOOST_AUTO_TEST_CASE(only_answered_requests_of_the_kind_within_the_time_have_a_latency) {
  const std::vector<sample> samples{
      {1s, 3ms, request_kind::status, outcome::answered},
      {2s, 1ms, request_kind::status, outcome::answered},
      {2s, 9ms, request_kind::status, outcome::failed},
      {2s, 8ms, request_kind::list, outcome::answered},
      {5s, 7ms, request_kind::status, outcome::answered},
  };
  const auto early = [](microseconds at) { return at < 4s; };
  const std::vector<double> wanted{1, 3};
  BOOST_TEST(latencies(samples, request_kind::status, early) == wanted,
             boost::test_tools::per_element());
  BOOST_TEST(latencies(samples, std::nullopt, early).size() == 3u);
  BOOST_TEST(count_of(samples, outcome::failed, early) == 1u);
}

BOOST_AUTO_TEST_CASE(the_age_of_a_document_is_that_of_its_first_fetch) {
  const auto now = parse_time("2026-11-25T03:01:10.000Z").value();
  BOOST_TEST((age_in(R"({"last_fetch":"2026-11-25T03:01:04.833Z","x":"2020-01-01T00:00:00.000Z"})",
                     now) == 5'167ms));
  BOOST_TEST(!age_in(R"({"last_fetch":null})", now));
  BOOST_TEST(!parse_time("yesterday"));
}

BOOST_AUTO_TEST_SUITE_END()
