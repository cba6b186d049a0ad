#include <sstream>
#include <stdexcept>

#include <benchmarks/measure/report.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace headway::measure;

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(numbers_have_three_significant_digits_and_commas) {
  BOOST_TEST(short_number(0.0) == "0.000");
  BOOST_TEST(short_number(0.1424) == "0.142");
  BOOST_TEST(short_number(0.9999) == "1.00");
  BOOST_TEST(short_number(1.234) == "1.23");
  BOOST_TEST(short_number(9.999) == "10.0");
  BOOST_TEST(short_number(15.26) == "15.3");
  BOOST_TEST(short_number(99.96) == "100");
  BOOST_TEST(short_number(1520.4) == "1,520");
  BOOST_TEST(short_number(-1520.4) == "-1,520");
  BOOST_TEST(short_number(std::uint64_t{7}) == "7");
  BOOST_TEST(short_number(std::uint64_t{100}) == "100");
  BOOST_TEST(short_number(std::uint64_t{1'000'000}) == "1,000,000");
}

BOOST_AUTO_TEST_CASE(a_section_is_printed_when_the_next_begins_and_aligned) {
  std::ostringstream out;
  headway::measure::report all{"speed", out};
  auto& first = all.begin("One", {"who", "us"});
  first.add({"git", 12.5});
  first.add({"ours", std::monostate{}});
  BOOST_TEST(out.str() == "");
  all.begin("Two", {"n"}).add({std::uint64_t{3}});
  BOOST_TEST(out.str().starts_with("\nOne\n"));
  BOOST_TEST(out.str().find("git   12.5\n") != std::string::npos);
  BOOST_TEST(out.str().find("ours     -\n") != std::string::npos);
  BOOST_TEST(out.str().find("Two") == std::string::npos);
  all.finish();
  all.finish();
  BOOST_TEST(out.str().find("\nTwo\n") == out.str().rfind("\nTwo\n"));
}

BOOST_AUTO_TEST_CASE(json_holds_facts_and_rows_under_their_headings) {
  std::ostringstream out;
  headway::measure::report all{"speed", out};
  all.state("cores", "2");
  all.begin("One", {"who", "pairs", "us", "ratio", "none"})
      .add({"git", std::uint64_t{9}, 0.25, ratio{3, 2, 4}, std::monostate{}});
  const auto parsed = boost::json::parse(all.json());
  BOOST_TEST(parsed.at("benchmark").as_string() == "speed");
  BOOST_TEST(parsed.at("facts").at("cores").as_string() == "2");
  const auto& section = parsed.at("sections").at(0);
  BOOST_TEST(section.at("title").as_string() == "One");
  const auto& row = section.at("rows").at(0);
  BOOST_TEST(row.at("who").as_string() == "git");
  BOOST_TEST(row.at("pairs").to_number<int>() == 9);
  BOOST_TEST(row.at("us").as_double() == 0.25);
  BOOST_TEST(row.at("ratio").at("greatest").to_number<double>() == 4);
  BOOST_TEST(row.at("none").is_null());
}

BOOST_AUTO_TEST_CASE(figures_that_others_look_for_have_names_in_json) {
  std::ostringstream out;
  headway::measure::report all{"speed", out};
  all.name("git_over_ours.10_pairs", ratio{3, 2, 4});
  all.name("p99_us", 0.25);
  const auto figures = boost::json::parse(all.json()).at("figures");
  BOOST_TEST(figures.at("git_over_ours.10_pairs").at("median").to_number<double>() == 3);
  BOOST_TEST(figures.at("p99_us").as_double() == 0.25);
  BOOST_CHECK_THROW(all.name("p99_us", 1.0), std::logic_error);
  BOOST_TEST(out.str() == "");
}

BOOST_AUTO_TEST_CASE(verdicts_are_the_last_table_however_early_they_are_given) {
  std::ostringstream out;
  headway::measure::report all{"speed", out};
  all.judge("p99 < 50 ms", 12.5, true);
  BOOST_TEST(all.all_met());
  all.begin("One", {"who", "us"}).add({"git", 12.5});
  all.judge("p99 < 1 ms", 12.5, false);
  BOOST_TEST(!all.all_met());
  all.finish();
  const auto sections = boost::json::parse(all.json()).at("sections").as_array();
  BOOST_REQUIRE(sections.size() == 2u);
  BOOST_TEST(sections[1].at("title").as_string() == "Verdict");
  BOOST_TEST(sections[1].at("rows").at(0).at("verdict").as_string() == "met");
  BOOST_TEST(sections[1].at("rows").at(1).at("verdict").as_string() == "MISSED");
  BOOST_TEST(out.str().find("p99 < 1 ms") > out.str().find("One"));
}

BOOST_AUTO_TEST_CASE(a_row_that_does_not_fit_its_headings_is_refused) {
  section table{"One", {"who", "us"}};
  BOOST_CHECK_THROW(table.add({"git"}), std::logic_error);
  BOOST_CHECK_THROW(table.add({"git", 1.0, 2.0}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_named) {
  std::ostringstream out;
  const headway::measure::report all{"speed", out};
  BOOST_CHECK_EXCEPTION(all.write_json("/dev/null/x.json"), std::runtime_error, [](const auto& x) {
    return std::string{x.what()}.find("/dev/null/x.json") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
