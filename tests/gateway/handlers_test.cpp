#include <atomic>

#include <boost/test/unit_test.hpp>
#include <tests/gateway/gateway_fixture.hpp>

#include <actors/gateway/json.hpp>

BOOST_FIXTURE_TEST_SUITE(handlers, headway::test::gateway_fixture)

using namespace headway;
using namespace headway::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(health_is_a_constant) {
  const auto answer = get("/healthz");
  BOOST_TEST(answer.status == 200u);
  BOOST_TEST(answer.field("Content-Type") == "application/json");
  BOOST_TEST(answer.body == R"({"status":"ok"})");
}

BOOST_AUTO_TEST_CASE(readiness_says_why_not) {
  BOOST_TEST(get("/readyz").status == 200u);
  api.be_ready(make_error(ec::disk_full, "the store cannot write"));
  BOOST_TEST(contains(problem_detail(get("/readyz"), 503), "the store cannot write"));
  api.be_ready(make_error(ec::shutting_down, "stopping"));
  BOOST_TEST(get("/readyz").has("Retry-After"));
}

BOOST_AUTO_TEST_CASE(metrics_are_prometheus_text) {
  const auto answer = get("/metrics");
  BOOST_TEST(answer.status == 200u);
  BOOST_TEST(answer.field("Content-Type").starts_with("text/plain; version=0.0.4"));
  BOOST_TEST(contains(answer.body, "headway_projects 3"));
}

BOOST_AUTO_TEST_CASE(projects_are_listed_page_by_page) {
  api.list.set([](const list_projects& query, answer_callback<project_page> done) {
    BOOST_TEST(query.limit == 1u);
    BOOST_TEST((query.state == project_state::fresh));
    if (!query.after)
      return done(project_page{{{{"a"}, "/a", project_state::fresh, ""}}, true});
    BOOST_TEST(query.after->slug == "a");
    done(project_page{{{{"b"}, "/b", project_state::fresh, ""}}, false});
  });
  const auto first = get("/projects?limit=1&state=fresh");
  BOOST_TEST(first.status == 200u);
  const auto document = json_of(first);
  BOOST_TEST(document.at("projects").at(0).at("id").as_string() == "a");
  const std::string cursor{document.at("next_cursor").as_string()};
  const auto next = "/projects?limit=1&cursor=" + cursor + "&state=fresh";
  BOOST_TEST(first.field("Link") == "<" + next + ">; rel=\"next\"");

  const auto last = get(next);
  BOOST_TEST(json_of(last).at("projects").at(0).at("id").as_string() == "b");
  BOOST_TEST(json_of(last).at("next_cursor").is_null());
  BOOST_TEST(!last.has("Link"));
}

BOOST_AUTO_TEST_CASE(bad_list_parameters_are_refused) {
  problem_detail(get("/projects?limit=0"), 400);
  problem_detail(get("/projects?cursor=%21"), 400);
  problem_detail(get("/projects?cursor="), 400);
  BOOST_TEST(contains(problem_detail(get("/projects?state=lost"), 400), "suspended"));
}

BOOST_AUTO_TEST_CASE(a_project_is_added) {
  api.add.set([](const std::string& path, answer_callback<project_info> done) {
    done(project_info{{"a b"}, path, project_state::refreshing, ""});
  });
  const auto answer = exchange(ask_with_body("POST", "/projects", R"({"path":"/src/a b"})",
                                             "Application/JSON; charset=utf-8"));
  BOOST_TEST(answer.status == 201u);
  BOOST_TEST(answer.field("Location") == "/projects/a%20b");
  BOOST_TEST(json_of(answer).at("path").as_string() == "/src/a b");
}

BOOST_AUTO_TEST_CASE(a_body_must_be_announced_as_json) {
  for (const char* type : {"text/plain", "application/jsonp", "application/x-www-form-urlencoded"})
    problem_detail(exchange(ask_with_body("POST", "/projects", R"({"path":"/a"})", type)), 415);
  problem_detail(exchange(ask("POST", "/projects", "Content-Length: 0\r\n")), 415);
}

BOOST_AUTO_TEST_CASE(a_bad_body_is_pointed_at) {
  const auto answer = exchange(ask_with_body("POST", "/projects", R"({"path":"relative"})"));
  BOOST_TEST(contains(problem_detail(answer, 400), "relative"));
  BOOST_TEST(json_of(answer).at("pointer").as_string() == "#/path");
  problem_detail(exchange(ask_with_body("POST", "/projects", "{")), 400);
}

BOOST_AUTO_TEST_CASE(a_path_that_is_a_project_already_is_named) {
  api.add.answer(
      make_error(ec::already_exists, "/a project 'x' is registered already, as project 'linux'"));
  const auto answer = exchange(ask_with_body("POST", "/projects", R"({"path":"/src/linux"})"));
  problem_detail(answer, 409);
  BOOST_TEST(json_of(answer).at("project").as_string() == "linux");
  BOOST_TEST(answer.field("Location") == "/projects/linux");
}

BOOST_AUTO_TEST_CASE(failures_to_add_have_their_own_statuses) {
  const std::pair<ec, unsigned> expected[] = {
      {ec::not_a_repository, 422}, {ec::outside_allowed_roots, 403},
      {ec::foreign_owner, 403},    {ec::permission_denied, 403},
      {ec::missing, 404},          {ec::unsupported_object_format, 422},
      {ec::overloaded, 503},       {ec::corrupt, 500}};
  for (const auto& [code, status] : expected) {
    api.add.answer(make_error(code, "a reason"));
    const auto answer = exchange(ask_with_body("POST", "/projects", R"({"path":"/a"})"));
    BOOST_TEST(problem_detail(answer, status) == "a reason");
    BOOST_TEST(json_of(answer).at("type").as_string() ==
               "urn:headway:problem:" + std::string{to_string(code)});
  }
}

BOOST_AUTO_TEST_CASE(a_project_is_found_or_not) {
  BOOST_TEST(problem_detail(get("/projects/linux"), 404) == "nothing is scripted");
  api.find.answer(linux_project());
  BOOST_TEST(get("/projects/linux").body ==
             R"({"id":"linux","path":"/src/linux","state":"fresh","reason":null,"summary":null})");
}

BOOST_AUTO_TEST_CASE(a_project_is_removed_without_words) {
  problem_detail(exchange(ask("DELETE", "/projects/linux")), 404);
  api.remove.answer(linux_project());
  auto client = connect();
  client.send(ask("DELETE", "/projects/linux") + ask("GET", "/healthz"));
  const auto answer = client.read();
  BOOST_TEST(answer.status == 204u);
  BOOST_TEST(!answer.has("Content-Length"));
  BOOST_TEST(client.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(a_project_is_suspended_and_resumed) {
  std::vector<std::pair<std::string, project_activity>> wishes;
  api.set_activity.set(
      [&](const project_id& id, project_activity wish, answer_callback<project_info> done) {
        wishes.emplace_back(id.slug, wish);
        auto line = linux_project();
        if (wish == project_activity::suspended)
          line.state = project_state::suspended;
        done(line);
      });
  const auto suspended = exchange(ask("POST", "/projects/linux/suspend"));
  BOOST_TEST(suspended.status == 200u);
  BOOST_TEST(json_of(suspended).at("state").as_string() == "suspended");
  BOOST_TEST(exchange(ask("POST", "/projects/linux/resume")).status == 200u);
  BOOST_REQUIRE(wishes.size() == 2u);
  BOOST_TEST((wishes[0] == std::pair{std::string{"linux"}, project_activity::suspended}));
  BOOST_TEST((wishes[1] == std::pair{std::string{"linux"}, project_activity::active}));
  problem_detail(exchange(ask_with_body("POST", "/projects/linux/suspend", "{}")), 400);
  BOOST_TEST(exchange(ask("GET", "/projects/linux/suspend")).status == 405u);
  api.fetch.answer(make_error(ec::suspended, "project 'linux' is suspended"));
  problem_detail(exchange(ask("POST", "/projects/linux/fetch")), 409);
}

BOOST_AUTO_TEST_CASE(a_status_comes_with_its_tag_and_its_timing) {
  api.sync_status.answer(status_answer{linux_status(), {1'234'567ns, 0ns, 42us, 2ms}});
  const auto answer = get("/projects/linux/sync-status");
  BOOST_TEST(answer.status == 200u);
  BOOST_TEST(answer.field("Cache-Control") == "no-cache");
  BOOST_TEST(answer.field("Server-Timing") ==
             "db;dur=1.235, pool;dur=0.000, graph;dur=0.042, total;dur=2.000");
  BOOST_TEST(answer.field("ETag").size() == 34u);
  const auto document = json_of(answer);
  BOOST_TEST(document.at("as_of").as_string() == "2026-11-24T07:00:00.000Z");
  BOOST_TEST(document.at("branches").at(0).at("behind").to_number<int>() == 3);
}

BOOST_AUTO_TEST_CASE(an_unchanged_status_is_not_sent_again) {
  api.sync_status.answer(status_answer{linux_status(), {}});
  const auto tag = get("/projects/linux/sync-status").field("ETag");
  auto later = *linux_status();
  later.as_of += 1h;
  api.sync_status.answer(status_answer{std::make_shared<const sync_status>(later), {}});
  for (const auto& condition : {tag, "W/" + tag, "\"x\", " + tag, std::string{"*"}}) {
    const auto answer = get("/projects/linux/sync-status", "If-None-Match: " + condition + "\r\n");
    BOOST_TEST(answer.status == 304u, condition);
    BOOST_TEST(answer.field("ETag") == tag);
    BOOST_TEST(answer.field("Cache-Control") == "no-cache");
    BOOST_TEST(!answer.has("Content-Length"));
  }
  const auto split = "If-None-Match: \"x\"\r\nIf-None-Match: " + tag + "\r\n";
  BOOST_TEST(get("/projects/linux/sync-status", split).status == 304u);

  later.branches[0].behind = 4;
  api.sync_status.answer(status_answer{std::make_shared<const sync_status>(later), {}});
  const auto changed = get("/projects/linux/sync-status", "If-None-Match: " + tag + "\r\n");
  BOOST_TEST(changed.status == 200u);
  BOOST_TEST(changed.field("ETag") != tag);
}

BOOST_AUTO_TEST_CASE(head_is_get_without_the_body) {
  api.sync_status.answer(status_answer{linux_status(), {}});
  const auto whole = get("/projects/linux/sync-status");
  auto client = connect();
  client.send(ask("HEAD", "/projects/linux/sync-status") + ask("HEAD", "/projects/gone") +
              ask("GET", "/healthz"));
  const auto head = client.read(answer_kind::head);
  BOOST_TEST(head.status == 200u);
  BOOST_TEST(head.field("Content-Length") == std::to_string(whole.body.size()));
  BOOST_TEST(head.field("ETag") == whole.field("ETag"));
  BOOST_TEST(client.read(answer_kind::head).status == 404u);
  BOOST_TEST(client.read().body == R"({"status":"ok"})");
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_document_is_our_fault) {
  api.sync_status.answer(status_answer{});
  problem_detail(get("/projects/linux/sync-status"), 500);
  api.fetch.answer(fetch_report_ptr{});
  problem_detail(exchange(ask("POST", "/projects/linux/fetch")), 500);
  api.fetch_result.answer(fetch_report_ptr{});
  problem_detail(get("/fetches/1"), 500);
}

BOOST_AUTO_TEST_CASE(a_fetch_is_started) {
  api.fetch.answer(fetch_number(17, fetch_stage::queued));
  const auto answer = exchange(ask("POST", "/projects/linux/fetch"));
  BOOST_TEST(answer.status == 202u);
  BOOST_TEST(answer.field("Location") == "/fetches/17");
  BOOST_TEST(json_of(answer).at("stage").as_string() == "queued");
}

BOOST_AUTO_TEST_CASE(a_fetch_is_waited_for) {
  api.fetch.answer(fetch_number(17, fetch_stage::queued));
  api.fetch_result.set(
      [](fetch_id id, std::chrono::milliseconds patience, answer_callback<fetch_report_ptr> done) {
        BOOST_TEST(id.value == 17u);
        BOOST_TEST((patience == 30s));
        done(fetch_number(17, fetch_stage::done));
      });
  BOOST_TEST(exchange(ask("POST", "/projects/linux/fetch?wait=30s")).status == 200u);
}

BOOST_AUTO_TEST_CASE(a_fetch_that_outlasts_the_wait_goes_on) {
  api.fetch.answer(fetch_number(17, fetch_stage::queued));
  api.fetch_result.answer(fetch_number(17, fetch_stage::running));
  const auto answer = exchange(ask("POST", "/projects/linux/fetch?wait=1ms"));
  BOOST_TEST(answer.status == 202u);
  BOOST_TEST(json_of(answer).at("stage").as_string() == "running");
}

BOOST_AUTO_TEST_CASE(a_wait_is_bounded_by_the_configuration) {
  config.max_wait = 2s;
  api.fetch.answer(fetch_number(17, fetch_stage::queued));
  api.fetch_result.set(
      [](fetch_id, std::chrono::milliseconds patience, answer_callback<fetch_report_ptr> done) {
        BOOST_TEST((patience == 2s));
        done(fetch_number(17, fetch_stage::done));
      });
  BOOST_TEST(exchange(ask("POST", "/projects/linux/fetch?wait=99min")).status == 200u);
}

BOOST_AUTO_TEST_CASE(bad_fetch_requests_are_refused) {
  problem_detail(exchange(ask("POST", "/projects/linux/fetch?wait=soon")), 400);
  problem_detail(exchange(ask_with_body("POST", "/projects/linux/fetch", "{}")), 400);
  problem_detail(exchange(ask("POST", "/projects/linux/fetch")), 404);
  api.fetch.answer(fetch_number(17, fetch_stage::queued));
  api.fetch_result.answer(make_error(ec::deadline_exceeded, "late"));
  problem_detail(exchange(ask("POST", "/projects/linux/fetch?wait=1s")), 504);
}

BOOST_AUTO_TEST_CASE(a_fetch_is_found_by_its_id) {
  api.fetch_result.set(
      [](fetch_id id, std::chrono::milliseconds patience, answer_callback<fetch_report_ptr> done) {
        BOOST_TEST((patience == 0ms));
        if (id.value != 17)
          return done(make_error(ec::not_found, "no fetch of that number"));
        done(fetch_number(17, fetch_stage::running));
      });
  const auto answer = get("/fetches/17");
  BOOST_TEST(answer.status == 200u);
  BOOST_TEST(json_of(answer).at("id").to_number<int>() == 17);
  problem_detail(get("/fetches/18"), 404);
  for (const char* id : {"x", "-1", "+1", "017", "1.0", "99999999999999999999999", "1%20"})
    BOOST_TEST(contains(problem_detail(get("/fetches/" + std::string{id}), 400), "fetch id"), id);
}

BOOST_AUTO_TEST_CASE(a_fetch_can_be_waited_for_by_its_id) {
  api.fetch_result.set(
      [](fetch_id id, std::chrono::milliseconds patience, answer_callback<fetch_report_ptr> done) {
        BOOST_TEST((patience == 3s));
        done(fetch_number(id.value, fetch_stage::done));
      });
  BOOST_TEST(json_of(get("/fetches/17?wait=3s")).at("stage").as_string() == "done");
  problem_detail(get("/fetches/17?wait=soon"), 400);
}

BOOST_AUTO_TEST_CASE(a_fetch_is_cancelled_by_its_id) {
  api.cancel.set([](fetch_id id, answer_callback<fetch_report_ptr> done) {
    if (id.value != 17)
      return done(make_error(ec::not_found, "no fetch of that number"));
    done(fetch_number(17, fetch_stage::done));
  });
  const auto answer = exchange(ask("DELETE", "/fetches/17"));
  BOOST_TEST(answer.status == 200u);
  BOOST_TEST(json_of(answer).at("stage").as_string() == "done");
  problem_detail(exchange(ask("DELETE", "/fetches/18")), 404);
  BOOST_TEST(contains(problem_detail(exchange(ask("DELETE", "/fetches/x")), 400), "fetch id"));
}

BOOST_AUTO_TEST_CASE(more_requests_than_the_engine_takes_are_sent_away) {
  limits.max_in_flight = 2;
  held_calls<project_info> held;
  api.find.set([&](const project_id&, answer_callback<project_info> done) { held.keep(done); });
  auto first = connect();
  first.send(ask("GET", "/projects/a"));
  auto first_call = held.take();
  auto second = connect();
  second.send(ask("GET", "/projects/b"));
  auto second_call = held.take();

  const auto refused = get("/projects/c");
  problem_detail(refused, 503);
  BOOST_TEST(refused.field("Retry-After") == "1");
  BOOST_TEST(get("/healthz").status == 200u);

  first_call(linux_project());
  BOOST_TEST(first.read().status == 200u);
  second_call(linux_project());
  BOOST_TEST(second.read().status == 200u);
  api.find.answer(linux_project());
  BOOST_TEST(get("/projects/c").status == 200u);
}

BOOST_AUTO_TEST_CASE(a_dropped_callback_is_an_answer) {
  api.find.set([](const project_id&, const answer_callback<project_info>&) {});
  BOOST_TEST(contains(problem_detail(get("/projects/a"), 503), "dropped"));
}

BOOST_AUTO_TEST_CASE(only_the_first_call_of_a_callback_counts) {
  api.find.set([](const project_id&, const answer_callback<project_info>& done) {
    done(linux_project());
    done(make_error(ec::internal, "again"));
  });
  auto client = connect();
  client.send(ask("GET", "/projects/a") + ask("GET", "/healthz"));
  BOOST_TEST(contains(client.read().body, "linux"));
  BOOST_TEST(contains(client.read().body, "ok"));
}

BOOST_AUTO_TEST_CASE(the_schedule_explains_itself) {
  api.schedule.set([](const project_id& id, answer_callback<project_schedule_ptr> done) {
    done(std::make_shared<const project_schedule>(project_schedule{id, {}}));
  });
  const auto one = get("/projects/linux/schedule");
  BOOST_TEST(one.status == 200u);
  BOOST_TEST(one.field("Cache-Control") == "no-store");
  BOOST_TEST(json_of(one).at("project").as_string() == "linux");
  api.scheduler.answer(std::make_shared<const scheduler_state>());
  BOOST_TEST(json_of(get("/scheduler")).at("remotes").as_int64() == 0);
  api.schedule.answer(make_error(ec::not_found, "no project 'linux'"));
  problem_detail(get("/projects/linux/schedule"), 404);
  api.scheduler.answer(make_error(ec::shutting_down, "the engine stops"));
  problem_detail(get("/scheduler"), 503);
  api.scheduler.answer(scheduler_state_ptr{});
  problem_detail(get("/scheduler"), 500);
}

namespace {

sync_status_ptr fetched(std::chrono::system_clock::time_point when) {
  auto status = *linux_status();
  status.remotes.push_back({.name = "origin",
                            .url = "https://example.org",
                            .last_fetch = when,
                            .outcome = fetch_outcome::unchanged});
  return std::make_shared<const sync_status>(std::move(status));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_status_that_is_young_enough_is_answered_at_once) {
  api.sync_status.answer(status_answer{fetched(std::chrono::system_clock::now()), {}});
  BOOST_TEST(get("/projects/linux/sync-status?max_age=1min").status == 200u);
}

BOOST_AUTO_TEST_CASE(a_status_that_is_too_old_is_fetched_first) {
  const auto long_ago = std::chrono::system_clock::now() - std::chrono::hours{1};
  api.sync_status.answer(status_answer{fetched(long_ago), {}});
  api.fetch.answer(fetch_number(7, fetch_stage::running));
  api.fetch_result.set(
      [this](fetch_id, std::chrono::milliseconds patience, answer_callback<fetch_report_ptr> done) {
        BOOST_TEST(patience.count() == 3000);
        api.sync_status.answer(status_answer{fetched(std::chrono::system_clock::now()), {}});
        done(fetch_number(7, fetch_stage::done));
      });
  const auto answer = get("/projects/linux/sync-status?max_age=2s&wait=3s");
  BOOST_TEST(answer.status == 200u);
  const auto last = std::string{json_of(answer).at("remotes").at(0).at("last_fetch").as_string()};
  BOOST_TEST(last > rfc3339(long_ago));
}

BOOST_AUTO_TEST_CASE(a_refresh_that_fails_leaves_the_status_as_it_is_known) {
  api.sync_status.answer(status_answer{fetched({}), {}});
  api.fetch.answer(make_error(ec::invalid_argument, "nothing to fetch"));
  BOOST_TEST(get("/projects/linux/sync-status?max_age=2s").status == 200u);
  BOOST_TEST(
      contains(problem_detail(get("/projects/linux/sync-status?max_age=2"), 400), "max_age"));
}

BOOST_AUTO_TEST_CASE(the_history_of_fetches_is_read_page_by_page) {
  api.fetches.set([](const find_fetches& query, answer_callback<fetch_reports_ptr> done) {
    std::vector<fetch_report> found;
    for (std::uint64_t id = query.before ? query.before->value - 1 : 3;
         id > 0 && found.size() < query.limit; --id)
      found.push_back(*fetch_number(id, fetch_stage::done));
    done(std::make_shared<const std::vector<fetch_report>>(std::move(found)));
  });
  const auto first = get("/projects/linux/fetches?limit=2");
  BOOST_TEST(first.status == 200u);
  BOOST_TEST(first.field("Link") == "</projects/linux/fetches?limit=2&before=2>; rel=\"next\"");
  const auto page = json_of(first);
  BOOST_TEST(page.at("fetches").as_array().size() == 2u);
  BOOST_TEST(page.at("fetches").at(0).at("id").to_number<int>() == 3);
  BOOST_TEST(page.at("next_before").to_number<int>() == 2);
  const auto last = json_of(get("/projects/linux/fetches?limit=2&before=2"));
  BOOST_TEST(last.at("fetches").as_array().size() == 1u);
  BOOST_TEST(last.at("next_before").is_null());
  for (const char* query : {"limit=0", "limit=201", "before=x"})
    BOOST_TEST(get(std::string{"/projects/linux/fetches?"} + query).status == 400u, query);
}

BOOST_AUTO_TEST_SUITE_END()
