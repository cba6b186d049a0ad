#include <chrono>
#include <limits>
#include <string>

#include <boost/test/unit_test.hpp>

#include <config/units.hpp>
#include <messages/error.hpp>

BOOST_AUTO_TEST_SUITE(units)

using namespace headway;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_CASE(durations_are_read_in_every_unit_with_and_without_a_space) {
  BOOST_TEST((parse_duration("250 ms") == milliseconds{250}));
  BOOST_TEST((parse_duration("30 s") == milliseconds{30s}));
  BOOST_TEST((parse_duration("5min") == milliseconds{5min}));
  BOOST_TEST((parse_duration("6 h") == milliseconds{6h}));
  BOOST_TEST((parse_duration("30d") == milliseconds{720h}));
  BOOST_TEST((parse_duration("0 s") == milliseconds{0}));
}

BOOST_AUTO_TEST_CASE(sizes_are_read_in_every_unit_with_and_without_a_space) {
  BOOST_TEST((parse_size("4096 B") == 4096u));
  BOOST_TEST((parse_size("64KiB") == 64u << 10));
  BOOST_TEST((parse_size("256 MiB") == 256u << 20));
  BOOST_TEST((parse_size("1 GiB") == 1u << 30));
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_with_words_that_say_what_is_taken) {
  for (const char* text :
       {"", " ", "s", "30", "30 ", "30  s", " 30 s", "30 s ", "30 S", "30 sec", "1.5 h", "-1 s",
        "+1 s", "1e3 s", "0x10 s", "30 s5", "\t30 s", "30\ts", "1 MiB"}) {
    const auto duration = parse_duration(text);
    BOOST_TEST_REQUIRE(!duration, text);
    BOOST_TEST((code_of(duration.error()) == ec::config));
    BOOST_TEST(detail_of(duration.error()).find("ms, s, min, h, d") != std::string::npos);
  }
  for (const char* text :
       {"", "256", "256 MB", "256 mib", "256 M", "0.5 GiB", "-1 B", "1 TiB", "1 s"}) {
    const auto size = parse_size(text);
    BOOST_TEST_REQUIRE(!size, text);
    BOOST_TEST(detail_of(size.error()).find("B, KiB, MiB, GiB") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_largest_values_are_exact_and_one_more_is_too_large) {
  BOOST_TEST((parse_size("18446744073709551615 B") == std::numeric_limits<std::uint64_t>::max()));
  BOOST_TEST((parse_size("17179869183 GiB") == 17179869183ull << 30));
  BOOST_TEST((parse_duration("9223372036854775807 ms") == milliseconds::max()));
  BOOST_TEST((parse_duration("106751991167 d") == milliseconds{106751991167ll * 86'400'000}));
  for (const char* text : {"18446744073709551616 B", "17179869184 GiB"})
    BOOST_TEST(detail_of(parse_size(text).error()).starts_with("is too large"), text);
  for (const char* text : {"9223372036854775808 ms", "106751991168 d", "99999999999999999999 d"})
    BOOST_TEST(detail_of(parse_duration(text).error()).starts_with("is too large"), text);
}

BOOST_AUTO_TEST_CASE(the_largest_unit_that_divides_is_printed) {
  BOOST_TEST(format_duration(0ms) == "0 s");
  BOOST_TEST(format_duration(90s) == "90 s");
  BOOST_TEST(format_duration(120s) == "2 min");
  BOOST_TEST(format_duration(1001ms) == "1001 ms");
  BOOST_TEST(format_duration(36h) == "36 h");
  BOOST_TEST(format_duration(48h) == "2 d");
  BOOST_TEST(format_duration(-5s) == "-5 s");
  BOOST_TEST(format_duration(milliseconds::min()) == "-9223372036854775808 ms");
  BOOST_TEST(format_size(0) == "0 B");
  BOOST_TEST(format_size(1536) == "1536 B");
  BOOST_TEST(format_size(2048) == "2 KiB");
  BOOST_TEST(format_size(1ull << 40) == "1024 GiB");
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_read_as_the_same_amount) {
  for (std::int64_t base : {1ll, 1'000ll, 60'000ll, 3'600'000ll, 86'400'000ll, 1ll << 40})
    for (std::int64_t amount = base - 2; amount < base + 3; ++amount) {
      if (amount < 0)
        continue;
      BOOST_TEST((parse_duration(format_duration(milliseconds{amount})) == milliseconds{amount}));
      const auto bytes = static_cast<std::uint64_t>(amount) << 9;
      BOOST_TEST((parse_size(format_size(bytes)) == bytes));
    }
}

BOOST_AUTO_TEST_SUITE_END()
