#include <algorithm>

#include <tests/simulation/people.hpp>

namespace headway::simulation {

using namespace std::chrono_literals;

std::shared_ptr<people::question> people::open(std::string what, milliseconds patience) {
  ++questions_;
  trace_("person", what);
  auto fresh =
      std::make_shared<question>(question{std::move(what), world_.now(), world_.now() + patience});
  waiting_.push_back(fresh);
  return fresh;
}

void people::answered(question& one, const std::string& how) {
  if (one.answered)
    eyes_.complain("two answers to: " + one.what);
  one.answered = true;
  trace_("answer", one.what + ": " + how);
}

void people::check_answers(moment now) {
  std::erase_if(waiting_, [](const auto& one) { return one->answered; });
  for (const auto& one : waiting_)
    if (one->due < now) {
      eyes_.complain("no answer to: " + one->what);
      return;
    }
}

void people::act() {
  const auto some = projects();
  const auto kind = world_.chance.below(16);
  if (some.empty() || kind < 2) {
    // Now and then two of them have the same idea.
    const auto& path = world_.chance.pick(world_.clones).path;
    for (auto times = world_.chance.one_in(2) ? 1 : 3; times > 0; --times)
      add(path);
    return;
  }
  const project_id project{
      std::next(some.begin(), std::ptrdiff_t(world_.chance.below(some.size())))->first};
  if (world_.has(fault::grafts) && world_.chance.one_in(3)) {
    for (const auto& [slug, path] : some)
      ask_status({slug});
  } else if (kind == 2) {
    remove(project);
  } else if (kind < 6) {
    ask_fetch(project);
  } else if (kind == 6) {
    auto asked = open("list", 10s);
    node_->ask<project_page>(list_projects{}, [this, asked](caf::expected<project_page> page) {
      answered(*asked,
               page ? std::to_string(page->projects.size()) + " projects" : describe(page.error()));
    });
  } else if (kind == 7) {
    auto asked = open("schedule of " + project.slug, 10s);
    node_->ask_part<project_schedule_ptr, fetch_scheduler_actor>(
        schedule_request{project}, [this, asked](caf::expected<project_schedule_ptr> schedule) {
          answered(*asked, schedule ? "told" : describe(schedule.error()));
        });
  } else if (kind == 8 && !accepted_.empty()) {
    cancel(world_.chance.pick(accepted_));
  } else {
    // Sometimes many at once.
    for (auto more = world_.chance.one_in(5) ? 5 : 1; more > 0; --more)
      ask_status(project);
  }
}

void people::change_the_list() {
  const auto some = projects();
  for (const auto& [slug, path] : some)
    if (world_.chance.one_in(2))
      remove({slug});
  for (const auto& one : world_.clones)
    if (world_.chance.one_in(2))
      add(one.path);
}

void people::add(const std::string& path) {
  auto& entry = known_[path];
  const bool was_known = entry.holds == promise::present && entry.changing == 0;
  ++entry.changing;
  auto asked = open("add " + path, 3min);
  node_->ask<project_info>(
      add_project{path}, [this, asked, path, was_known](caf::expected<project_info> added) {
        answered(*asked, added ? "is " + added->id.slug : describe(added.error()));
        auto& now = known_[path];
        --now.changing;
        if (added) {
          // One that was started again knows none until it has read them, which a disk may refuse.
          if (was_known && !(world_.ever(fault::dying_parts) && world_.ever(fault::bad_disk)))
            eyes_.complain(path + " was registered twice");
          if (added->path != path)
            eyes_.complain(path + " was registered as " + added->path);
          now.holds = promise::present;
          now.slug = added->id.slug;
          const auto [known, fresh] = paths_.emplace(added->id.slug, path);
          if (!fresh && known->second != path)
            eyes_.complain("the name " + added->id.slug + " was given to two paths");
        } else if (code_of(added.error()) == ec::already_exists) {
          if (now.holds == promise::absent && now.changing == 0)
            eyes_.complain(path + " is said to be registered, and it is not");
        } else if (now.holds == promise::absent) {
          // It may have been stored before whoever should have said so ended.
          now.holds = promise::unknown;
        }
      });
}

void people::remove(const project_id& project) {
  const auto path = path_of(project.slug);
  ++known_[path].changing;
  auto asked = open("remove " + project.slug, 2min);
  node_->ask<project_info>(remove_project{project},
                           [this, asked, path](caf::expected<project_info> removed) {
                             answered(*asked, removed ? "removed" : describe(removed.error()));
                             auto& now = known_[path];
                             --now.changing;
                             if (removed)
                               now.holds = promise::absent;
                             else if (now.holds == promise::present)
                               now.holds = promise::unknown;
                           });
}

void people::ask_status(const project_id& project) {
  auto asked = open("status of " + project.slug, 5min);
  const auto path = path_of(project.slug);
  node_->ask<status_answer>(
      status_request{project}, [this, asked, project, path](caf::expected<status_answer> answer) {
        answered(*asked,
                 answer ? std::string{to_string(answer->status->state)} : describe(answer.error()));
        if (answer)
          eyes_.status_answered(project, path, asked->asked, *answer->status);
      });
}

void people::ask_fetch(const project_id& project) {
  auto asked = open("fetch " + project.slug, 5min);
  const auto path = path_of(project.slug);
  eyes_.fetch_asked(path);
  node_->ask<fetch_report_ptr>(
      fetch_request{project, fetch_reason::user_asked},
      [this, asked, project, path](caf::expected<fetch_report_ptr> report) {
        answered(*asked, report ? "is fetch " + std::to_string((*report)->id.value)
                                : describe(report.error()));
        eyes_.fetch_accepted(path, bool(report));
        if (!report || node_ == nullptr)
          return;
        accepted_.push_back((*report)->id);
        await(project, asked->asked, (*report)->id);
      });
}

void people::await(const project_id& project, moment asked, fetch_id id) {
  const auto patience = world_.chance.between(0ms, 5min);
  auto waits = open("the end of fetch " + std::to_string(id.value), patience + 2s);
  const auto path = path_of(project.slug);
  node_->ask_part<fetch_report_ptr, fetch_scheduler_actor>(
      await_fetch{id, patience},
      [this, waits, path, asked, id](caf::expected<fetch_report_ptr> report) {
        answered(*waits,
                 report ? std::string{to_string((*report)->stage)} : describe(report.error()));
        if (!report)
          return;
        if ((*report)->id != id)
          eyes_.complain("who asked for one fetch was told of another");
        if (path_of((*report)->project.slug) == path)
          eyes_.fetch_reported(path, asked, **report);
      });
}

void people::cancel(fetch_id id) {
  auto asked = open("cancel fetch " + std::to_string(id.value), 1min);
  node_->ask_part<fetch_report_ptr, fetch_scheduler_actor>(
      cancel_fetch{id}, [this, asked, id](caf::expected<fetch_report_ptr> report) {
        answered(*asked,
                 report ? std::string{to_string((*report)->stage)} : describe(report.error()));
        if (report && ((*report)->id != id || (*report)->stage != fetch_stage::done))
          eyes_.complain("who cancelled a fetch was told of another, or of one that goes on");
      });
}

void people::ask_for_ends() {
  for (const auto id : accepted_) {
    auto asked = open("whether fetch " + std::to_string(id.value) + " has ended", 10s);
    node_->ask_part<fetch_report_ptr, fetch_scheduler_actor>(
        await_fetch{id, 0ms}, [this, asked](caf::expected<fetch_report_ptr> report) {
          answered(*asked,
                   report ? std::string{to_string((*report)->stage)} : describe(report.error()));
          if (report && (*report)->stage != fetch_stage::done)
            eyes_.complain("long after it was asked for: " + asked->what + ", and it has not");
        });
  }
}

void people::ask_truth(const project_id& project) {
  auto asked = open("how " + project.slug + " stands in the end", 1min);
  node_->ask<status_answer>(
      status_request{project}, [this, asked](caf::expected<status_answer> answer) {
        answered(*asked,
                 answer ? std::string{to_string(answer->status->state)} : describe(answer.error()));
        if (!answer)
          return eyes_.complain(asked->what + ": " + describe(answer.error()));
        ++truths_;
        eyes_.is_true_now(*answer->status);
      });
}

void people::check_promises(const stored_state& state) {
  std::map<std::string, std::string> stored;  // Path to slug.
  for (const auto& project : state.projects) {
    if (!stored.emplace(project.path, project.id.slug).second)
      eyes_.complain(project.path + " is stored twice");
    paths_.emplace(project.id.slug, project.path);
  }
  for (auto& [path, entry] : known_) {
    const auto it = stored.find(path);
    if (entry.holds == promise::present && entry.changing == 0 && it == stored.end())
      eyes_.complain(path + " was registered, and the store does not know it");
    if (entry.holds == promise::absent && entry.changing == 0 && it != stored.end())
      eyes_.complain(path + " was removed, and the store still has it");
    if (entry.holds == promise::present && it != stored.end() && it->second != entry.slug)
      eyes_.complain(path + " has got another name");
    entry.holds = it == stored.end() ? promise::absent : promise::present;
    if (it != stored.end())
      entry.slug = it->second;
  }
}

std::map<std::string, std::string> people::projects() const {
  std::map<std::string, std::string> result;
  for (const auto& [path, entry] : known_)
    if (entry.holds == promise::present && entry.changing == 0)
      result.emplace(entry.slug, path);
  return result;
}

const std::string& people::path_of(const std::string& slug) const {
  static const std::string nowhere;
  const auto it = paths_.find(slug);
  return it == paths_.end() ? nowhere : it->second;
}

}  // namespace headway::simulation
