#include <sstream>

#include <benchmarks/graph_queries/graph_queries.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

using headway::test::sandbox;

namespace {

struct outcome {
  int status = 0;
  std::string output;
  std::string errors;
};

outcome run(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"graph_queries"};
  for (const auto& argument : arguments)
    argv.push_back(argument.c_str());
  std::ostringstream out;
  std::ostringstream errors;
  const auto status =
      headway::graph_queries::run(static_cast<int>(argv.size()), argv.data(), out, errors);
  return {status, out.str(), errors.str()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_queries)

BOOST_AUTO_TEST_CASE(every_section_is_measured_and_all_answers_agree) {
  const sandbox box;
  const auto got = run({"--quick", "--commits=2000", "--cache", (box / "cache").string(), "--json",
                        (box / "all.json").string(), "--plot", (box / "curve.svg").string()});
  // The status is also that of a target, which a busy machine may miss.
  BOOST_TEST(got.errors.find("an answer was wrong") == std::string::npos);
  BOOST_TEST(got.output.find("newest git: not given") != std::string::npos);
  const auto parsed = boost::json::parse(box.read(box / "all.json"));
  // All but whole processes, whose answers are right, and what is aimed at.
  BOOST_TEST(parsed.at("sections").as_array().size() == 10u);
  for (const auto& section : parsed.at("sections").as_array())
    BOOST_TEST(!section.at("rows").as_array().empty());
  BOOST_TEST(box.read(box / "curve.svg").starts_with("<svg "));
}

BOOST_AUTO_TEST_CASE(a_check_compares_pairs_of_the_repository_that_is_named) {
  sandbox box;
  const auto path = box.init("clone");
  for (int i = 0; i < 5; ++i)
    box.commit(path, "commit");
  const auto got = run({"--check=20", "--repository", path.string()});
  BOOST_TEST(got.status == 0);
  BOOST_TEST(got.output.find("clone: 5 commits") != std::string::npos);
  BOOST_TEST(got.output.find("git rev-list") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(mistakes_are_told) {
  BOOST_TEST(run({"--section=none"}).status == 2);
  const auto got = run({"--repository=/no/such/clone"});
  BOOST_TEST(got.status == 1);
  BOOST_TEST(got.errors.find("/no/such/clone") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
