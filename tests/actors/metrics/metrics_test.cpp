#include <boost/test/unit_test.hpp>

#include <actors/metrics/metrics.hpp>

BOOST_AUTO_TEST_SUITE(metrics)

using namespace headway;
using namespace std::chrono_literals;

namespace {

/// The value on the line that starts with `series`, as text; empty when there is none.
std::string value_of(const headway::metrics& figures, const std::string& series) {
  const auto text = "\n" + figures.text();
  const auto at = text.find("\n" + series + " ");
  if (at == std::string::npos)
    return "";
  const auto begin = at + series.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_figure_is_there_before_anything_has_happened) {
  const headway::metrics figures;
  const auto text = figures.text();
  for (const char* name :
       {"headway_status_seconds", "headway_status_failures_total", "headway_fetches_total",
        "headway_fetch_seconds", "headway_fetch_updated_refs_total",
        "headway_pool_open_repositories", "headway_pool_evictions_total", "headway_graph_graphs",
        "headway_graph_pair_hits_total", "headway_fetch_targets", "headway_fetch_concurrency_limit",
        "headway_store_commits_total", "headway_store_wal_pages", "headway_projects"})
    BOOST_TEST(text.find(std::string{"# TYPE "} + name) != std::string::npos, name);
  BOOST_TEST(value_of(figures, R"(headway_projects{state="auth_required"})") == "0");
  BOOST_TEST(value_of(figures, R"(headway_fetches_total{outcome="timed_out"})") == "0");
}

BOOST_AUTO_TEST_CASE(counters_grow_with_what_happened) {
  headway::metrics figures;
  remote_fetch_report report;
  report.outcome = fetch_outcome::updated;
  report.bytes = 4'096;
  report.timing.steps.pack = std::chrono::milliseconds{7};
  report.updates.resize(3);
  figures.fetch_ended(report);
  figures.fetch_ended(report);
  BOOST_TEST(value_of(figures, R"(headway_fetches_total{outcome="updated"})") == "2");
  BOOST_TEST(value_of(figures, "headway_fetch_updated_refs_total") == "6");
  BOOST_TEST(value_of(figures, "headway_fetch_received_bytes_total") == "8192");
  BOOST_TEST(value_of(figures, "headway_fetch_step_seconds_count{step=\"pack\"}") == "2");
  BOOST_TEST(value_of(figures, "headway_fetch_step_seconds_count{step=\"tls\"}") == "0");
  figures.status_failed();
  BOOST_TEST(value_of(figures, "headway_status_failures_total") == "1");
  figures.part_restarted("repo-pool");
  figures.part_restarted("repo-pool");
  BOOST_TEST(value_of(figures, R"(headway_part_restarts_total{part="repo-pool"})") == "2");
}

BOOST_AUTO_TEST_CASE(an_answer_is_counted_by_part_and_in_its_bucket) {
  headway::metrics figures;
  figures.status_served({.db = 0ns, .pool = 3ms, .graph = 40ms, .total = 45ms});
  BOOST_TEST(value_of(figures, R"(headway_status_seconds_count{part="total"})") == "1");
  BOOST_TEST(value_of(figures, R"(headway_status_seconds_bucket{part="graph",le="0.025"})") == "0");
  BOOST_TEST(value_of(figures, R"(headway_status_seconds_bucket{part="graph",le="0.05"})") == "1");
}

BOOST_AUTO_TEST_CASE(totals_of_a_part_that_was_restarted_go_on_growing) {
  headway::metrics figures;
  figures.pool({.open = 4, .hits = 10});
  figures.pool({.open = 2, .hits = 15});
  BOOST_TEST(value_of(figures, "headway_pool_hits_total") == "15");
  BOOST_TEST(value_of(figures, "headway_pool_open_repositories") == "2");
  figures.pool({.hits = 0});
  figures.pool({.hits = 4});
  BOOST_TEST(value_of(figures, "headway_pool_hits_total") == "19");
}

BOOST_AUTO_TEST_CASE(projects_are_counted_by_state) {
  headway::metrics figures;
  figures.projects({7, 2, 0, 0, 1});
  BOOST_TEST(value_of(figures, R"(headway_projects{state="fresh"})") == "7");
  BOOST_TEST(value_of(figures, R"(headway_projects{state="stale"})") == "2");
  BOOST_TEST(value_of(figures, R"(headway_projects{state="auth_required"})") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
