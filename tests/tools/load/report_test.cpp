#include <sstream>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <tools/load/chart.hpp>
#include <tools/load/judgement_text.hpp>
#include <tools/load/report.hpp>
#include <tools/terminal/text.hpp>

using namespace headway::load;
using namespace headway;
using namespace std::chrono_literals;

namespace {

scenario short_day() {
  scenario plan;
  plan.name = "short";
  plan.about = "a <day> & a night";
  plan.duration = 60s;
  plan.warm_up = 0s;
  plan.hosts = {{.name = "forge"}};
  plan.projects = {{.count = 3, .host = "forge"}};
  plan.judgements = {*parse_judgement("status p99 < 500 ms"),
                     *parse_judgement("wrong answers = 0")};
  return plan;
}

performance seen_on_it() {
  performance seen;
  seen.length = 60s;
  for (int i = 0; i < 600; ++i)
    seen.book.samples.push_back({i * 100ms, std::chrono::microseconds{500 + i},
                                 i % 10 == 0 ? request_kind::list : request_kind::status,
                                 outcome::answered});
  for (int i = 0; i < 100; ++i) {
    node_sample sample;
    sample.at = i * 500ms;
    sample.up = i < 40 || i > 44;
    sample.cpu_percent = i;
    sample.resident_bytes = 50e6;
    sample.transfers = {3, 1, i < 50 ? 4.0 : 2.0, i < 50 ? "fetch.max_concurrent" : "CPU pressure"};
    seen.samples.push_back(sample);
  }
  seen.incidents = {{{10s, 20s}, "host_down", "forge: refuse"}};
  seen.end = {.projects = 3, .branches = 20, .wrong = {"x main: git says <1>"}, .healthy = 3};
  return seen;
}

struct told {
  scenario plan = short_day();
  performance seen = seen_on_it();
  std::vector<verdict> verdicts = judge(plan, seen);
  report x{plan, seen, verdicts, "0123456789abcdef", {{"processor", "fast"}}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(report, told)

BOOST_AUTO_TEST_CASE(the_table_fits_a_terminal_of_80_columns) {
  std::istringstream lines{text_of(x, terminal::color_use::plain)};
  for (std::string line; std::getline(lines, line);)
    BOOST_TEST(terminal::width(terminal::printable(line)) <= 80u, line);
}

BOOST_AUTO_TEST_CASE(every_judgement_is_told_with_its_figure_and_verdict) {
  const auto text = text_of(x, terminal::color_use::plain);
  BOOST_TEST(text.find("FAILS") != std::string::npos);
  BOOST_TEST(text.find("holds") != std::string::npos);
  BOOST_TEST(text.find("x main: git says") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_json_holds_what_the_table_does) {
  const auto document = boost::json::parse(json_of(x));
  BOOST_TEST(document.at("judgements").as_array().size() == 2u);
  BOOST_TEST(!document.at("judgements").at(1).at("holds").as_bool());
  BOOST_TEST(document.at("requests").as_array().size() == 3u);
  BOOST_TEST(document.at("samples").as_array().size() == 100u);
}

BOOST_AUTO_TEST_CASE(the_page_needs_no_other_file_and_no_name_becomes_markup) {
  const auto html = html_of(x);
  BOOST_TEST(html.find("src=") == std::string::npos);
  BOOST_TEST(html.find("href=") == std::string::npos);
  BOOST_TEST(html.find("<script") == std::string::npos);
  BOOST_TEST(html.find("<day>") == std::string::npos);
  BOOST_TEST(html.find("&lt;day&gt; &amp; a night") != std::string::npos);
  BOOST_TEST(html.find("CPU pressure") != std::string::npos);
  BOOST_TEST(html.find("nan") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(steps_of_a_fetch_stand_in_the_order_in_which_they_are_taken) {
  performance fetched;
  for (const auto* step : {"checking", "dns", "new", "pack"})
    fetched.metrics_after["headway_fetch_step_seconds_count{step=\"" + std::string{step} + "\"}"] =
        1;
  std::string order;
  for (const auto& part : part_times(fetched))
    if (part.name.starts_with("step: "))
      order += part.name.substr(5);
  BOOST_TEST(order == " dns pack checking new");
}

BOOST_AUTO_TEST_CASE(a_run_in_which_nothing_was_asked_can_be_told_too) {
  const performance nothing;
  const auto judged = judge(plan, nothing);
  const headway::load::report empty{plan, nothing, judged, "0", {}};
  BOOST_TEST(!text_of(empty, terminal::color_use::plain).empty());
  BOOST_TEST(html_of(empty).find("Nothing to draw.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_happens_again_and_again_is_one_band_and_few_lines) {
  for (int i = 0; i < 200; ++i)
    seen.incidents.push_back({{30s + i * 50ms, 30s + i * 50ms + 1ms}, "clock_step", {}});
  const auto html = html_of(x);
  const auto count = [&](const std::string& part) {
    std::size_t found = 0;
    for (auto at = html.find(part); at != std::string::npos; at = html.find(part, at + 1))
      ++found;
    return found;
  };
  BOOST_TEST(count("<title>clock_step</title>") == count("<title>host_down</title>"));
  BOOST_TEST(html.find("… and 151 more") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ticks_are_round_and_few) {
  for (const double end : {0.003, 0.9, 1.0, 7.0, 30.0, 99.0, 120.0, 86'400.0}) {
    const auto ticks = round_ticks(end);
    BOOST_TEST(ticks.size() >= 2u);
    BOOST_TEST(ticks.size() <= 9u);
    BOOST_TEST(ticks.back() <= end * 1.001);
  }
  BOOST_TEST(round_ticks(0).empty());
}

BOOST_AUTO_TEST_SUITE_END()
