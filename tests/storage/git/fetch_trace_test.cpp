#include <boost/test/unit_test.hpp>

#include <storage/git/fetch_trace.hpp>

using namespace headway;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(fetch_trace)

BOOST_AUTO_TEST_CASE(regions_and_children_of_git_itself_are_added_up) {
  fetch_steps steps;
  git::add_traced_times(
      R"({"event":"region_leave","sid":"1","t_rel":0.010000,"category":"fetch","label":"remote_refs"}
{"event":"region_leave","sid":"1","t_rel":0.002,"category":"fetch-pack","label":"negotiation_v2"}
{"event":"child_start","sid":"1","child_id":2,"argv":["git","index-pack","--stdin"]}
{"event":"child_start","sid":"1","child_id":3,"argv":["git","rev-list","--objects"]}
{"event":"child_start","sid":"1/2","child_id":2,"argv":["git","rev-list"]}
{"event":"child_exit","sid":"1","child_id":2,"pid":5,"code":0,"t_rel":0.5}
{"event":"child_exit","sid":"1/2","child_id":2,"pid":5,"code":0,"t_rel":9}
{"event":"child_exit","sid":"1","child_id":3,"pid":6,"code":0,"t_rel":0.25}
)",
      steps);
  BOOST_TEST((steps == fetch_steps{.negotiation = 12ms, .pack = 500ms, .checking = 250ms}));
}

BOOST_AUTO_TEST_CASE(lines_that_make_no_sense_are_passed_over) {
  fetch_steps steps;
  git::add_traced_times(
      "\n{\n{}\nnonsense\n{\"event\":\"child_exit\",\"child_id\":1,\"t_rel\":-1}\n"
      "{\"event\":\"region_leave\",\"label\":\"remote_refs\",\"t_rel\":x}\n"
      "{\"event\":\"child_start\",\"child_id\":\"",
      steps);
  BOOST_TEST((steps == fetch_steps{}));
}

BOOST_AUTO_TEST_SUITE_END()
