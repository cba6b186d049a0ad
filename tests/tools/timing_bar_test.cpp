#include <algorithm>
#include <chrono>

#include <boost/test/unit_test.hpp>

#include <tools/headway/timing_bar.hpp>

using namespace headway;
using namespace std::chrono_literals;

namespace {

std::string bar_of(const remote_fetch_report& report) {
  const auto text = tools::timing_bar(report);
  return text.substr(0, text.find('\n'));
}

auto count(const std::string& bar, char letter) {
  return std::ranges::count(bar, letter);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(timing_bar)

BOOST_AUTO_TEST_CASE(the_bar_is_eighty_columns_wide_whatever_took_how_long) {
  for (const auto longest : {1us, 17us, 999us, 1'234'567us, 3'600'000'000us}) {
    remote_fetch_report report;
    report.timing.probe = 3ms;
    report.timing.steps = {.dns = 1us, .tls = 100us, .pack = longest, .refs = 5ms};
    report.timing.transfer = std::chrono::ceil<std::chrono::milliseconds>(longest + 6ms);
    const auto bar = bar_of(report);
    BOOST_TEST(bar.size() == 80u);
    BOOST_TEST(count(bar, 'd') >= 1);
  }
}

BOOST_AUTO_TEST_CASE(each_step_gets_its_share) {
  remote_fetch_report report;
  report.timing.queued = 50ms;
  report.timing.steps.pack = 50ms;
  report.timing.transfer = 50ms;
  BOOST_TEST(bar_of(report) == std::string(40, 'q') + std::string(40, 'p'));
}

BOOST_AUTO_TEST_CASE(what_no_step_accounts_for_is_shown_too) {
  remote_fetch_report report;
  report.timing.steps.pack = 20ms;
  report.timing.transfer = 80ms;
  BOOST_TEST(count(bar_of(report), '.') == 60);
}

BOOST_AUTO_TEST_CASE(the_second_line_tells_times_objects_and_bytes) {
  remote_fetch_report report;
  report.timing.probe = 12ms;
  report.timing.steps.refs = 1'500us;
  report.bytes = 2048;
  report.objects = 1;
  report.backend = fetch_backend::native;
  const auto text = tools::timing_bar(report);
  BOOST_TEST(text.substr(text.find('\n') + 1) ==
             "  a asking 12 ms, r refs 1.5 ms; 1 object, 2.0 KiB, backend native\n");
}

BOOST_AUTO_TEST_CASE(without_times_there_is_no_bar) {
  BOOST_TEST(tools::timing_bar({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
