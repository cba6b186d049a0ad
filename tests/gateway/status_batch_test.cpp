#include <algorithm>
#include <atomic>

#include <tests/gateway/gateway_fixture.hpp>

namespace {

using namespace headway;
using namespace headway::test;

project_info line(std::string id, branch_state head) {
  project_summary summary;
  summary.branches[static_cast<std::size_t>(head)] = 1;
  return {{std::move(id)}, "/src", project_state::fresh, "", summary};
}

/// A node that knows p0, p1, … of which every other is behind.
struct batch_fixture : gateway_fixture {
  batch_fixture() {
    api.list.set([this](const list_projects& query, answer_callback<project_page> done) {
      project_page page;
      for (int i = 0; i < known; ++i) {
        auto each = line(id_of(i), i % 2 == 0 ? branch_state::in_sync : branch_state::behind);
        if (query.after && !(query.after->slug < each.id.slug))
          continue;
        if (page.projects.size() == query.limit) {
          page.more = true;
          break;
        }
        page.projects.push_back(std::move(each));
      }
      done(std::move(page));
    });
    api.sync_status.set([this](const project_id& project, answer_callback<status_answer> done) {
      ++asked;
      if (!project.slug.starts_with('p'))
        return done(make_error(ec::not_found, "no project '" + project.slug + "'"));
      auto status = std::make_shared<sync_status>(*linux_status());
      status->project = project;
      done(status_answer{status, {}});
    });
  }

  static std::string id_of(int number) {
    const auto digits = std::to_string(number);
    return "p" + std::string(4 - digits.size(), '0') + digits;
  }

  std::vector<std::string> ids_in(const boost::json::value& document) {
    std::vector<std::string> ids;
    for (const auto& each : document.at("statuses").as_array())
      ids.emplace_back(each.at("project").as_string());
    return ids;
  }

  int known = 5;
  std::atomic<int> asked{0};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(status_batch, batch_fixture)

using strings = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(projects_are_asked_for_by_name_and_come_in_that_order) {
  const auto answer = get("/sync-status?projects=p0003,p0001");
  BOOST_TEST(answer.status == 200u);
  const auto document = json_of(answer);
  BOOST_TEST((ids_in(document) == strings{"p0003", "p0001"}));
  BOOST_TEST(document.at("problems").as_array().empty());
  BOOST_TEST(document.at("next_cursor").is_null());
}

BOOST_AUTO_TEST_CASE(one_that_has_no_document_spoils_it_for_no_other) {
  const auto document = json_of(get("/sync-status?projects=p0001,none,p0002"));
  BOOST_TEST((ids_in(document) == strings{"p0001", "p0002"}));
  const auto& problem = document.at("problems").as_array().front();
  BOOST_TEST(problem.at("project").as_string() == "none");
  BOOST_TEST(problem.at("status").to_number<int>() == 404);
}

BOOST_AUTO_TEST_CASE(a_state_of_branches_chooses_projects) {
  BOOST_TEST((ids_in(json_of(get("/sync-status?state=behind"))) == strings{"p0001", "p0003"}));
  BOOST_TEST(asked == 2);
}

BOOST_AUTO_TEST_CASE(many_come_page_by_page) {
  known = 2500;
  strings all;
  std::string target = "/sync-status?state=behind&limit=500";
  for (int pages = 0; !target.empty(); ++pages) {
    BOOST_REQUIRE(pages < 4);
    const auto document = json_of(get(target));
    for (auto& id : ids_in(document))
      all.push_back(std::move(id));
    const auto& next = document.at("next_cursor");
    target = next.is_null()
                 ? ""
                 : "/sync-status?state=behind&limit=500&cursor=" + std::string{next.as_string()};
  }
  BOOST_TEST(all.size() == 1250u);
  BOOST_TEST((std::ranges::adjacent_find(all, std::ranges::greater_equal{}) == all.end()));
}

BOOST_AUTO_TEST_CASE(no_project_is_an_answer) {
  known = 0;
  const auto answer = get("/sync-status");
  BOOST_TEST(answer.body == R"({"statuses":[],"problems":[],"next_cursor":null})");
}

BOOST_AUTO_TEST_CASE(what_has_not_changed_is_not_sent_again) {
  const auto first = get("/sync-status?projects=p0001,none");
  const auto again =
      get("/sync-status?projects=p0001,none", "If-None-Match: " + first.field("ETag") + "\r\n");
  BOOST_TEST(again.status == 304u);
  BOOST_TEST(again.body == "");
}

BOOST_AUTO_TEST_CASE(a_page_that_gets_a_next_one_has_changed) {
  const std::string target = "/sync-status?limit=5";
  const auto first = get(target);
  BOOST_TEST(json_of(first).at("next_cursor").is_null());
  known = 6;
  const auto again = get(target, "If-None-Match: " + first.field("ETag") + "\r\n");
  BOOST_TEST(again.status == 200u);
  BOOST_TEST(json_of(again).at("next_cursor").is_string());
}

BOOST_AUTO_TEST_CASE(bad_questions_are_refused) {
  const auto many = "/sync-status?projects=" + std::string(300, 'a') + std::string(250, ',');
  BOOST_TEST(contains(problem_detail(get(many), 400), "'projects'"));
  for (const char* query :
       {"projects=", "projects=a,", "projects=a&limit=1", "state=late", "limit=0", "max_age=1s"})
    BOOST_TEST(get(std::string{"/sync-status?"} + query).status == 400u, query);
  std::string names = "p0001";
  for (int i = 0; i < 100; ++i)
    names += ",p0001";
  BOOST_TEST(contains(problem_detail(get("/sync-status?projects=" + names), 400), "100"));
}

BOOST_AUTO_TEST_CASE(a_batch_leaves_places_for_others) {
  held_calls<status_answer> held;
  api.sync_status.set(
      [&](const project_id&, answer_callback<status_answer> done) { held.keep(std::move(done)); });
  limits.max_in_flight = 40;
  known = 100;
  auto batch = connect();
  batch.send(ask("GET", "/sync-status"));
  auto first = held.take();
  api.find.answer(linux_project());
  BOOST_TEST(get("/projects/linux").status == 200u);
  first(status_answer{linux_status(), {}});
  for (int i = 1; i < 100; ++i)
    held.take()(status_answer{linux_status(), {}});
  BOOST_TEST(json_of(batch.read()).at("statuses").as_array().size() == 100u);
}

BOOST_AUTO_TEST_SUITE_END()
