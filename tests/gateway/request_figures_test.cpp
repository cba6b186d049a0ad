#include <boost/test/unit_test.hpp>

#include <actors/gateway/request_figures.hpp>

BOOST_AUTO_TEST_SUITE(request_figures)

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(answers_are_counted_by_class_and_time) {
  headway::gateway::request_figures figures;
  figures.answered(200, 20us);
  figures.answered(304, 60us);
  figures.answered(404, 2ms);
  figures.answered(503, 1min);
  const auto text = figures.text();
  const auto has = [&](const char* line) { return text.find(line) != std::string::npos; };
  BOOST_TEST(has("# TYPE headway_http_request_seconds histogram\n"));
  BOOST_TEST(has("_bucket{class=\"2xx\",le=\"1e-05\"} 0\n"));
  BOOST_TEST(has("_bucket{class=\"2xx\",le=\"5e-05\"} 1\n"));
  BOOST_TEST(has("_bucket{class=\"2xx\",le=\"+Inf\"} 1\n"));
  BOOST_TEST(has("_count{class=\"3xx\"} 1\n"));
  BOOST_TEST(has("_sum{class=\"4xx\"} 0.002\n"));
  BOOST_TEST(has("_bucket{class=\"5xx\",le=\"10\"} 0\n"));
  BOOST_TEST(has("_bucket{class=\"5xx\",le=\"+Inf\"} 1\n"));
}

BOOST_AUTO_TEST_SUITE_END()
