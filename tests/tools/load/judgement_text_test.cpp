#include <boost/test/unit_test.hpp>

#include <messages/error.hpp>
#include <tools/load/judgement_text.hpp>

using namespace headway;
using namespace headway::load;

BOOST_AUTO_TEST_SUITE(judgement_text)

BOOST_AUTO_TEST_CASE(a_percentile_of_a_kind_has_a_limit_in_milliseconds) {
  const auto read = parse_judgement("status p99.9 <= 2 s");
  BOOST_REQUIRE(read);
  BOOST_TEST((read->of.what == measure_kind::latency));
  BOOST_TEST((read->of.of == request_kind::status));
  BOOST_TEST(read->of.percent == 99.9);
  BOOST_TEST((read->how == comparison::at_most));
  BOOST_TEST(read->limit == 2'000);
}

BOOST_AUTO_TEST_CASE(a_change_has_a_limit_in_percent) {
  const auto read = parse_judgement("all p99 change < 10 %");
  BOOST_REQUIRE(read);
  BOOST_TEST((read->of.what == measure_kind::latency_change));
  BOOST_TEST(!read->of.of);
  BOOST_TEST(read->limit == 10);
}

BOOST_AUTO_TEST_CASE(sizes_and_counts_have_limits_of_their_own) {
  BOOST_TEST(parse_judgement("memory < 512 MiB")->limit == 512.0 * 1024 * 1024);
  BOOST_TEST(parse_judgement("memory growth < 1 %")->limit == 1);
  BOOST_TEST(parse_judgement("wal < 64 MiB")->limit == 64 << 20);
  BOOST_TEST(parse_judgement("staleness growth < 10 %")->limit == 10);
  BOOST_TEST(parse_judgement("wrong answers = 0")->limit == 0);
  BOOST_TEST(parse_judgement("staleness p99 < 90 s")->limit == 90'000);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_with_what_would) {
  for (const auto* text : {"", "status", "status p99", "status p99 <", "status p98 < 5 ms",
                           "memory < 5", "status p99 < 5", "late projects < 5", "errors < many",
                           "status p99 never < 5 ms", "staleness p99 change < 5 %"}) {
    const auto read = parse_judgement(text);
    BOOST_TEST(!read, text);
    if (!read)
      BOOST_TEST((code_of(read.error()) == ec::config));
  }
}

BOOST_AUTO_TEST_CASE(figures_carry_their_unit) {
  BOOST_TEST(format_figure({.what = measure_kind::latency}, 3.14159) == "3.14 ms");
  BOOST_TEST(format_figure({.what = measure_kind::staleness}, 61'000) == "61.0 s");
  BOOST_TEST(format_figure({.what = measure_kind::memory}, 3.0 * (1 << 20)) == "3.0 MiB");
  BOOST_TEST(format_figure({.what = measure_kind::cpu}, 12.34) == "12.3 %");
  BOOST_TEST(format_figure({.what = measure_kind::errors}, 7) == "7");
}

BOOST_AUTO_TEST_SUITE_END()
