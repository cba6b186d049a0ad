#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>
#include <tests/gateway/gateway_fixture.hpp>

#include <actors/gateway/routes.hpp>

BOOST_FIXTURE_TEST_SUITE(routes, headway::test::gateway_fixture)

using namespace headway;
using namespace headway::test;

BOOST_AUTO_TEST_CASE(unknown_paths_are_not_found) {
  for (const char* path : {"//",
                           "/healthz/",
                           "//healthz",
                           "/Healthz",
                           "/projects/",
                           "/projects//",
                           "/projects//sync-status",
                           "/projects/linux/",
                           "/projects/linux/sync-status/",
                           "/projects/linux/sync_status",
                           "/projects/linux/x",
                           "/projects/linux/sync-status/x",
                           "/fetches",
                           "/fetches/",
                           "/projects/..",
                           "/projects/a/../b",
                           "/projects/%00",
                           "/projects/a%0d%0ab",
                           "/projects%2Flinux",
                           "/.",
                           "/favicon.ico"}) {
    const auto answer = get(path);
    BOOST_TEST(answer.status == 404u, path);
    problem_detail(answer, 404);
  }
}

BOOST_AUTO_TEST_CASE(ids_are_percent_decoded_once) {
  api.find.set([](const project_id& id, answer_callback<project_info> done) {
    done(project_info{id, "/x", project_state::fresh, ""});
  });
  BOOST_TEST(json_of(get("/projects/li%6Eux")).at("id").as_string() == "linux");
  BOOST_TEST(json_of(get("/projects/a%2Fb")).at("id").as_string() == "a/b");
  BOOST_TEST(json_of(get("/projects/a%252Fb")).at("id").as_string() == "a%2Fb");
  BOOST_TEST(json_of(get("/projects/a+b")).at("id").as_string() == "a+b");
  BOOST_TEST(json_of(get("/projects/%FF")).at("id").as_string() == "\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(broken_encodings_are_bad_requests) {
  for (const char* target : {"/projects/%", "/projects/%zz", "/projects/%4", "/projects?limit=%",
                             "projects", "*", "/{}", "localhost:80"})
    BOOST_TEST(get(target).status == 400u, target);
}

BOOST_AUTO_TEST_CASE(wrong_methods_are_told_the_right_ones) {
  const auto allow = [this](const char* method, const char* path) {
    const auto answer = exchange(ask(method, path, "Content-Length: 0\r\n"));
    problem_detail(answer, 405);
    return answer.field("Allow");
  };
  BOOST_TEST(allow("POST", "/healthz") == "GET, HEAD");
  BOOST_TEST(allow("DELETE", "/readyz") == "GET, HEAD");
  BOOST_TEST(allow("PUT", "/metrics") == "GET, HEAD");
  BOOST_TEST(allow("DELETE", "/projects") == "GET, HEAD, POST");
  BOOST_TEST(allow("POST", "/projects/linux") == "GET, HEAD, DELETE");
  BOOST_TEST(allow("PATCH", "/projects/linux") == "GET, HEAD, DELETE");
  BOOST_TEST(allow("POST", "/projects/linux/sync-status") == "GET, HEAD");
  BOOST_TEST(allow("GET", "/projects/linux/fetch") == "POST");
  BOOST_TEST(allow("OPTIONS", "/projects/linux/fetch") == "POST");
  BOOST_TEST(allow("POST", "/fetches/1") == "GET, HEAD, DELETE");
  BOOST_TEST(allow("BREW", "/healthz") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(a_head_to_a_path_that_only_posts_is_a_wrong_method) {
  const auto answer = exchange(ask("HEAD", "/projects/linux/fetch"), answer_kind::head);
  BOOST_TEST(answer.status == 405u);
  BOOST_TEST(answer.field("Allow") == "POST");
}

BOOST_AUTO_TEST_CASE(unknown_query_parameters_are_named) {
  BOOST_TEST(contains(problem_detail(get("/healthz?x=1"), 400), "'x'"));
  BOOST_TEST(contains(problem_detail(get("/projects?limt=1"), 400), "limit, cursor, state"));
  BOOST_TEST(contains(problem_detail(get("/projects?limit=1&limit=2"), 400), "twice"));
  BOOST_TEST(contains(problem_detail(get("/projects/a/sync-status?min_age=2s"), 400), "'min_age'"));
  BOOST_TEST(get("/healthz?").status == 200u);
}

BOOST_AUTO_TEST_CASE(a_problem_names_the_path_it_is_about) {
  BOOST_TEST(json_of(get("/projects/no%20one")).at("instance").as_string() == "/projects/no%20one");
  BOOST_TEST(json_of(get("/nowhere?secret=1")).at("instance").as_string() == "/nowhere");
}

BOOST_AUTO_TEST_CASE(request_ids_are_echoed_or_made) {
  BOOST_TEST(get("/healthz", "X-Request-Id: trace-7\r\n").field("X-Request-Id") == "trace-7");
  BOOST_TEST(get("/nowhere", "X-Request-Id: trace-8\r\n").field("X-Request-Id") == "trace-8");
  std::set<std::string> made;
  made.insert(get("/healthz").field("X-Request-Id"));
  made.insert(get("/healthz", "X-Request-Id: a\tb\r\n").field("X-Request-Id"));
  made.insert(get("/healthz", "X-Request-Id: <>\r\n").field("X-Request-Id"));
  made.insert(exchange("no http\r\n\r\n").field("X-Request-Id"));
  BOOST_TEST(made.size() == 4u);
  BOOST_TEST(!made.contains(""));
}

BOOST_AUTO_TEST_CASE(every_reply_forbids_sniffing_and_shares_with_no_other_site) {
  for (const char* path : {"/healthz", "/nowhere", "/metrics"}) {
    const auto answer = get(path, "Origin: http://evil.example\r\n");
    BOOST_TEST(answer.field("X-Content-Type-Options") == "nosniff");
    BOOST_TEST(!answer.has("Access-Control-Allow-Origin"));
    BOOST_TEST(answer.has("Date"));
  }
}

BOOST_AUTO_TEST_CASE(foreign_hosts_are_misdirected) {
  const auto answer = exchange("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  problem_detail(answer, 421);
  const auto absolute =
      exchange("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(absolute.status == 421u);
}

BOOST_AUTO_TEST_CASE(targets_may_be_absolute) {
  const auto answer =
      exchange("GET http://127.0.0.1:8420/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(answer.status == 200u);
}

BOOST_AUTO_TEST_CASE(writes_of_other_sites_are_forbidden) {
  const auto answer = exchange(ask("DELETE", "/projects/linux", "Origin: http://evil.example\r\n"));
  problem_detail(answer, 403);
  api.remove.answer(linux_project());
  BOOST_TEST(exchange(ask("DELETE", "/projects/linux", "Origin: http://localhost\r\n")).status ==
             204u);
}

BOOST_AUTO_TEST_CASE(a_request_needs_one_host) {
  problem_detail(exchange("GET /healthz HTTP/1.1\r\n\r\n"), 400);
  problem_detail(exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
                 400);
}

BOOST_AUTO_TEST_CASE(the_description_has_every_route_and_no_other) {
  std::vector<std::string> described;
  const auto document = json_of(get("/openapi.json"));
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object())
      if (method != "parameters")
        described.push_back(std::string{method} + " " + std::string{path});
  auto served = gateway::described_routes();
  std::ranges::sort(described);
  std::ranges::sort(served);
  BOOST_TEST(described == served, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whatever_may_be_read_may_be_headed) {
  for (const auto& route : gateway::described_routes()) {
    if (!route.starts_with("get ") || route.ends_with("/events"))
      continue;
    auto path = route.substr(4);
    if (const auto id = path.find("{id}"); id != path.npos)
      path.replace(id, 4, "7");
    const auto with_body = get(path);
    const auto head = exchange(ask("HEAD", path), answer_kind::head);
    BOOST_TEST(head.status == with_body.status, path);
    BOOST_TEST(head.field("Content-Type") == with_body.field("Content-Type"), path);
  }
}

BOOST_AUTO_TEST_SUITE_END()
