#include <algorithm>

#include <boost/test/unit_test.hpp>

#include <tools/headway/doctor.hpp>

namespace headway::test {

using namespace tools;

namespace {

machine_facts healthy() {
  machine_facts facts;
  facts.git_version = "git version 2.39.5";
  facts.ssh = true;
  facts.open_files = 4096;
  facts.credential_helpers = "cache";
  facts.inotify_watches = 524'288;
  facts.inotify_instances = 128;
  facts.state_directory = "/state";
  facts.state_writable = true;
  facts.free_bytes = 10ull << 30;
  facts.now = std::chrono::system_clock::now();
  facts.program_written = facts.now - std::chrono::days{30};
  facts.node = usual_node;
  facts.node_answers = true;
  return facts;
}

finding about(const machine_facts& facts, std::string_view subject) {
  const auto findings = judge(facts);
  const auto it = std::ranges::find(findings, subject, &finding::subject);
  BOOST_REQUIRE(it != findings.end());
  return *it;
}

void check(const machine_facts& facts, std::string_view subject, verdict expected) {
  const auto found = about(facts, subject);
  BOOST_TEST_CONTEXT(found.fact) {
    BOOST_CHECK(found.result == expected);
    BOOST_TEST(found.remedy.empty() == (expected == verdict::ok));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor)

BOOST_AUTO_TEST_CASE(logins_need_a_helper) {
  auto facts = healthy();
  facts.credential_helpers.clear();
  check(facts, "credentials", verdict::warn);
  facts.credential_helpers = "cache, store --file=/home/me/passwords";
  check(facts, "credentials", verdict::warn);
}

BOOST_AUTO_TEST_CASE(few_watches_are_told) {
  auto facts = healthy();
  facts.inotify_watches = 8'192;
  check(facts, "inotify", verdict::warn);
  facts.inotify_watches = 0;
  check(facts, "inotify", verdict::warn);
  facts = healthy();
  facts.inotify_instances = 4;
  check(facts, "inotify", verdict::warn);
}

BOOST_AUTO_TEST_CASE(a_healthy_machine_needs_nothing) {
  for (const auto& found : judge(healthy()))
    check(healthy(), found.subject, verdict::ok);
}

BOOST_AUTO_TEST_CASE(git_must_be_there_and_new_enough) {
  auto facts = healthy();
  facts.git_version = "";
  check(facts, "git", verdict::fail);
  facts.git_version = "git version 2.28.9";
  check(facts, "git", verdict::fail);
  facts.git_version = "git version 2.29.0";
  check(facts, "git", verdict::ok);
  facts.git_version = "git version 3.0";
  check(facts, "git", verdict::ok);
  facts.git_version = "something else";
  check(facts, "git", verdict::warn);
}

BOOST_AUTO_TEST_CASE(not_everybody_needs_ssh) {
  auto facts = healthy();
  facts.ssh = false;
  check(facts, "ssh", verdict::warn);
}

BOOST_AUTO_TEST_CASE(few_open_files) {
  auto facts = healthy();
  facts.open_files = 1000;
  check(facts, "open files", verdict::warn);
  facts.open_files = 100;
  check(facts, "open files", verdict::fail);
}

BOOST_AUTO_TEST_CASE(the_data_directory) {
  auto facts = healthy();
  facts.free_bytes = 500ull << 20;
  check(facts, "data directory", verdict::warn);
  facts.free_bytes = 5ull << 20;
  check(facts, "data directory", verdict::fail);
  facts = healthy();
  facts.state_writable = false;
  check(facts, "data directory", verdict::fail);
  facts.state_directory.clear();
  check(facts, "data directory", verdict::fail);
}

BOOST_AUTO_TEST_CASE(a_clock_before_the_programs_own_time_is_wrong) {
  auto facts = healthy();
  facts.now = facts.program_written - std::chrono::days{2};
  check(facts, "clock", verdict::fail);
}

BOOST_AUTO_TEST_CASE(a_wrong_configuration_is_told_in_full) {
  auto facts = healthy();
  facts.config_file = "/c";
  check(facts, "configuration", verdict::ok);
  facts.config_problems = {"one", "two"};
  check(facts, "configuration", verdict::fail);
  BOOST_TEST(about(facts, "configuration").fact == "one; two");
}

BOOST_AUTO_TEST_CASE(a_node_need_not_run_but_must_not_be_ill) {
  auto facts = healthy();
  facts.node_problem = "no";
  check(facts, "node", verdict::fail);
  facts.node_answers = false;
  check(facts, "node", verdict::warn);
}

BOOST_AUTO_TEST_CASE(a_report_is_a_line_each_and_a_remedy_below) {
  BOOST_TEST(report({{verdict::ok, "git", "2\n", ""}, {verdict::fail, "ssh", "no", "install it"}},
                    terminal::color_use::plain) ==
             "ok    git: 2\\x0a\nfail  ssh: no\n      install it\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
