#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include <actors/engine.hpp>
#include <tools/survey/survey.hpp>

namespace headway::tools {

namespace {

// Enough to keep every worker of the engine busy, few enough for its queues.
constexpr std::size_t in_flight = 64;
constexpr std::size_t page_size = 1000;
// The engine itself ends every fetch by its deadline.
constexpr std::chrono::minutes fetch_patience{60};

/// Shared with callbacks that may come late.
struct findings {
  std::mutex mutex;
  survey_result result;

  void add(sync_status_ptr status) {
    const std::lock_guard lock{mutex};
    result.statuses.push_back(std::move(status));
  }
  void add(std::string subject, const caf::error& error) {
    const std::lock_guard lock{mutex};
    result.troubles.push_back({std::move(subject), describe(error)});
  }
  survey_result take(bool complete) {
    const std::lock_guard lock{mutex};
    auto taken = std::exchange(result, {});
    taken.complete = complete;
    std::ranges::sort(taken.statuses, {}, [](const sync_status_ptr& x) { return x->project; });
    std::ranges::sort(taken.troubles, {}, &trouble::subject);
    return taken;
  }
};

using findings_ptr = std::shared_ptr<findings>;

/// Calls `start(i, findings, done)` for each of `count` things.
template <class Start>
survey_result gather(const char* what, std::size_t count, const survey_watch& watch, Start start) {
  const auto found = std::make_shared<findings>();
  if (count == 0)
    return found->take(true);  // "adding 0/0" tells nobody anything.
  const bool complete = run_bounded(
      count, in_flight, [&](std::size_t i, call_done done) { start(i, found, std::move(done)); },
      [&](std::size_t ended) { return watch(what, ended, count); });
  return found->take(complete);
}

caf::expected<std::vector<project_id>> all_projects(engine& engine) {
  std::vector<project_id> projects;
  list_projects query{.limit = page_size};
  for (;;) {
    const auto page = engine.list(query);
    if (!page)
      return page.error();
    for (const auto& project : page->projects)
      projects.push_back(project.id);
    if (!page->more || page->projects.empty())
      return projects;
    query.after = projects.back();
  }
}

survey_result failed(const caf::error& error) {
  survey_result result;
  result.troubles.push_back({"list of projects", describe(error)});
  return result;
}

struct begun_fetch {
  std::string project;
  fetch_id id;
};

/// The fetches that were begun, in `begun`; what could not begin, as the result.
survey_result begin_fetches(engine& engine, const std::vector<project_id>& projects,
                            const survey_watch& watch, std::vector<begun_fetch>& begun) {
  const auto ids = std::make_shared<std::vector<fetch_id>>(projects.size());
  auto result =
      gather("asking for fetches", projects.size(), watch,
             [&](std::size_t i, const findings_ptr& found, call_done done) {
               engine.async_fetch(projects[i], [=, project = projects[i].slug](
                                                   const caf::expected<fetch_report_ptr>& report) {
                 if (report)
                   (*ids)[i] = (*report)->id;
                 else if (code_of(report.error()) != ec::invalid_argument)
                   found->add(project, report.error());
                 done();
               });
             });
  if (result.complete)
    for (std::size_t i = 0; i < projects.size(); ++i)
      if ((*ids)[i] != fetch_id{})
        begun.push_back({projects[i].slug, (*ids)[i]});
  return result;
}

}  // namespace

survey_result add_all(engine& engine, const std::vector<std::string>& paths,
                      const survey_watch& watch) {
  return gather("adding", paths.size(), watch,
                [&](std::size_t i, const findings_ptr& found, call_done done) {
                  engine.async_add(paths[i], [path = paths[i], found, done = std::move(done)](
                                                 const caf::expected<project_info>& added) {
                    if (!added && code_of(added.error()) != ec::already_exists)
                      found->add(path, added.error());
                    done();
                  });
                });
}

survey_result fetch_all(engine& engine, const survey_watch& watch) {
  const auto projects = all_projects(engine);
  if (!projects)
    return failed(projects.error());
  std::vector<begun_fetch> begun;
  auto result = begin_fetches(engine, *projects, watch, begun);
  if (!result.complete)
    return result;
  auto ended = gather("fetching", begun.size(), watch,
                      [&](std::size_t i, const findings_ptr& found, call_done done) {
                        engine.async_fetch_result(
                            begun[i].id, fetch_patience,
                            [found, project = begun[i].project, done = std::move(done)](
                                const caf::expected<fetch_report_ptr>& report) {
                              if (!report)
                                found->add(project, report.error());
                              done();
                            });
                      });
  ended.troubles.insert(ended.troubles.begin(), result.troubles.begin(), result.troubles.end());
  return ended;
}

survey_result status_of_all(engine& engine, const survey_watch& watch) {
  const auto projects = all_projects(engine);
  if (!projects)
    return failed(projects.error());
  return gather("computing", projects->size(), watch,
                [&](std::size_t i, const findings_ptr& found, call_done done) {
                  engine.async_sync_status(
                      (*projects)[i],
                      [project = (*projects)[i].slug, found,
                       done = std::move(done)](const caf::expected<status_answer>& answer) {
                        answer ? found->add(answer->status) : found->add(project, answer.error());
                        done();
                      });
                });
}

}  // namespace headway::tools
