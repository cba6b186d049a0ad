#include <sstream>

#include <boost/test/unit_test.hpp>
#include <tests/benchmarks/graph_queries/small_subject.hpp>

using namespace headway;
using namespace headway::graph_queries;

namespace {

struct judged : test::small_subject {
  tip_pair pair{of.main_tip(), of.commits().back()};
  ahead_behind truth = of.truth(pair);
  ahead_behind wrong{truth.ahead + 1, truth.behind};
  graph_queries::verdicts answers;

  std::string table() const {
    std::ostringstream out;
    measure::report report{"test", out};
    answers.add_to(report);
    report.finish();
    return out.str();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(verdicts)

BOOST_FIXTURE_TEST_CASE(equal_answers_are_no_failure, judged) {
  answers.compare("git", counterpart::exact, of, pair, truth, truth);
  BOOST_TEST(!answers.failed());
}

BOOST_FIXTURE_TEST_CASE(who_goes_by_dates_may_be_wrong_and_is_named_for_it, judged) {
  answers.compare("git rev-list", counterpart::dated, of, pair, truth, wrong);
  BOOST_TEST(!answers.failed());
  BOOST_TEST(table().find(pair.local.hex().substr(0, 12)) != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(who_is_exact_may_not, judged) {
  answers.compare("git for-each-ref", counterpart::exact, of, pair, truth, wrong);
  BOOST_TEST(answers.failed());
}

BOOST_FIXTURE_TEST_CASE(our_own_wrong_answer_fails_whoever_notices_it, judged) {
  answers.compare("git rev-list", counterpart::dated, of, pair, wrong, truth);
  BOOST_TEST(answers.failed());
}

BOOST_AUTO_TEST_SUITE_END()
