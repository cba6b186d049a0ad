#include <algorithm>

#include <tests/simulation/people.hpp>

namespace headway::simulation {

using namespace std::chrono_literals;

// A disk that is slow holds up nobody who asks about what is on another.
bool people::is_at_ease(const std::string& path) const {
  const auto* clone = world_.find(path);
  if (clone == nullptr || clone->slow)
    return false;
  for (std::size_t i = 0; i < faults; ++i)
    if (const auto kind = fault(i); world_.ever(kind) && kind != fault::slow_disk &&
                                    kind != fault::sick_hosts && kind != fault::failing_fetches &&
                                    kind != fault::stubborn_children &&
                                    kind != fault::clinging_grandchildren)
      return false;
  return true;
}

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
  const auto kind = world_.chance.below(19);
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
  } else if (kind == 16) {
    set_activity(project, project_activity::suspended);
  } else if (kind == 17) {
    for (const auto& [slug, path] : some)
      if (is_suspended(path).value_or(true))
        set_activity({slug}, project_activity::active);
  } else if (kind == 18) {
    const auto& url = world_.chance.pick(world_.remotes).url;
    trace_("person", "says that " + url + " has moved");
    eyes_.hinted(url);
    node_->tell(remote_hint{url});
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
        settle(now);
        if (added) {
          // One that was started again knows none until it has read them, which a disk may refuse.
          if (was_known && !(world_.ever(fault::dying_parts) && world_.ever(fault::bad_disk)))
            eyes_.complain(path + " was registered twice");
          if (added->path != path)
            eyes_.complain(path + " was registered as " + added->path);
          now.holds = promise::present;
          now.activity = project_activity::active;
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
                             settle(now);
                             if (removed)
                               now.holds = promise::absent;
                             else if (now.holds == promise::present)
                               now.holds = promise::unknown;
                           });
}

void people::set_activity(const project_id& project, project_activity wish) {
  const auto path = path_of(project.slug);
  const auto verb = wish == project_activity::suspended ? "suspend " : "resume ";
  auto& entry = known_[path];
  ++entry.changing;
  const auto before = std::exchange(entry.activity, std::nullopt);
  auto asked = open(verb + project.slug, 2min);
  node_->ask<project_info>(
      headway::set_activity{project, wish},
      [this, asked, path, wish, before](caf::expected<project_info> set) {
        answered(*asked, set ? std::string{to_string(set->state)} : describe(set.error()));
        auto& now = known_[path];
        settle(now);
        // Another wish may have been on its way, and a failure may have come after it was stored.
        if (set && now.changing == 0)
          now.activity = wish;
        if (!set && before == wish)
          now.activity = wish;
        eyes_.following_changed(path);
      });
}

void people::settle(registration& one) {
  --one.changing;
  one.settled = world_.now();
}

following people::follows(const std::string& common_dir) const {
  // What was on its way is done by then.
  constexpr auto moments = 1s;
  auto result = following::nobody;
  for (const auto& [path, entry] : known_) {
    if (world_.store_of(world_.at_path(path)).common_dir != common_dir)
      continue;
    const bool is_settled = entry.changing == 0 && world_.now() >= entry.settled + moments;
    if (is_settled && entry.holds == promise::present && entry.activity == project_activity::active)
      return following::somebody;
    if (!is_settled ||
        (entry.holds != promise::absent && entry.activity != project_activity::suspended))
      result = following::perhaps;
  }
  return result;
}

std::optional<bool> people::is_suspended(const std::string& path) const {
  const auto it = known_.find(path);
  if (it == known_.end() || !it->second.activity)
    return std::nullopt;
  return it->second.activity == project_activity::suspended;
}

void people::ask_status(const project_id& project) {
  const auto path = path_of(project.slug);
  auto asked = open("status of " + project.slug, is_at_ease(path) ? 10s : 5min);
  const bool was_known = is_registered(project);
  node_->ask<status_answer>(status_request{project}, [this, asked, project, path, was_known](
                                                         caf::expected<status_answer> answer) {
    answered(*asked,
             answer ? std::string{to_string(answer->status->state)} : describe(answer.error()));
    if (!answer && code_of(answer.error()) == ec::not_found && was_known && is_registered(project))
      eyes_.complain(project.slug + " is registered, and is said not to be");
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
  const auto late = world_.has(fault::slow_machine) ? 20s : 2s;
  auto waits = open("the end of fetch " + std::to_string(id.value), patience + late);
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

void people::check_promises(const stored_state& state, loss of_any) {
  std::map<std::string, std::string> stored;  // Path to slug.
  for (const auto& project : state.projects) {
    if (const auto it = known_.find(project.path); it != known_.end()) {
      auto& activity = it->second.activity;
      if (activity && *activity != project.activity && it->second.changing == 0 &&
          of_any == loss::none)
        eyes_.complain(project.path + " was suspended or resumed, and the store does not know it");
      activity = project.activity;
    }
    if (!stored.emplace(project.path, project.id.slug).second)
      eyes_.complain(project.path + " is stored twice");
    paths_.emplace(project.id.slug, project.path);
  }
  for (auto& [path, entry] : known_) {
    const auto it = stored.find(path);
    const bool is_certain = entry.changing == 0 && of_any == loss::none;
    if (entry.holds == promise::present && is_certain && it == stored.end())
      eyes_.complain(path + " was registered, and the store does not know it");
    if (entry.holds == promise::absent && is_certain && it != stored.end())
      eyes_.complain(path + " was removed, and the store still has it");
    if (of_any == loss::possible && it == stored.end())
      eyes_.told(project_removed{{entry.slug}});
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

bool people::is_registered(const project_id& project) const {
  return projects().contains(project.slug);
}

const std::string& people::path_of(const std::string& slug) const {
  static const std::string nowhere;
  const auto it = paths_.find(slug);
  return it == paths_.end() ? nowhere : it->second;
}

}  // namespace headway::simulation
