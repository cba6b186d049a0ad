#include <algorithm>
#include <filesystem>

#include <actors/project/project_registry.hpp>
#include <actors/project/slug.hpp>

namespace headway {

namespace {

constexpr auto retry_of_load = std::chrono::seconds{1};

constexpr auto upkeep_interval = std::chrono::minutes{5};

// A project that fails again within this waits for somebody to ask, or for the next upkeep.
constexpr auto forgiven_after = std::chrono::minutes{1};

bool lies_below(const std::string& path, std::string root) {
  while (root.size() > 1 && root.ends_with('/'))
    root.pop_back();
  return path == root || root == "/" ||
         (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

}  // namespace

project_registry::project_registry(caf::actor_config& config, engine_context shared,
                                   projects_config settings,
                                   fetch_config::background_mode background)
    : actor_shell(config, "project-registry", std::move(shared)),
      settings_(std::move(settings)),
      background_(background),
      by_state_(static_cast<std::size_t>(project_state::corrupt) + 1) {
  this->shared().condition->projects_loading();
  set_down_handler([this](caf::down_msg& message) { ended(message); });
}

project_registry::behavior_type project_registry::make_behavior() {
  delayed_send(this, upkeep_interval, tick_atom::value);
  return {
      [this](load_atom) { return load(); },
      [this](const add_project& request) { return add(request); },
      [this](const remove_project& request) { return remove(request); },
      [this](const set_activity& wish) { return set(wish); },
      [this](const list_projects& query) { return list(query); },
      [this](const status_request& request) -> caf::result<status_answer> {
        const auto it = projects_.find(request.project.slug);
        if (it == projects_.end())
          return unknown(request.project);
        if (!it->second.actor)
          spawn_project(it->second, nullptr, {});
        return delegate(it->second.actor, request);
      },
      [this](const fetch_request& request) { return fetch(request); },
      [this](const project_id& id) -> caf::result<project_info> {
        const auto it = projects_.find(id.slug);
        if (it == projects_.end())
          return unknown(id);
        return it->second.info;
      },
      [this](const status_published& news) { published(news.status); },
      [this](const remotes_changed& change) {
        const auto it = projects_.find(change.project.slug);
        if (it == projects_.end())
          return;
        send(it->second.actor, change);
        tell(change);
      },
      [this](const refs_moved& news) {
        const auto it = projects_.find(news.project.slug);
        if (it != projects_.end() && it->second.actor)
          send(it->second.actor, news);
      },
      [this](retrack_atom) {
        for (const auto& [slug, known] : projects_)
          send(known.actor, retrack_atom::value);
      },
      [this](const projects_limits& limits) {
        settings_.allowed_roots = limits.allowed_roots;
        settings_.max_count = limits.max_count;
      },
      [this](tick_atom) {
        if (const auto store = other<database_writer_actor>())
          send(store, retire_atom::value);
        for (auto& [slug, known] : projects_)
          if (!known.actor)
            spawn_project(known, nullptr, {});
        delayed_send(this, upkeep_interval, tick_atom::value);
      },
  };
}

caf::result<std::uint64_t> project_registry::load() {
  const auto store = other<database_writer_actor>();
  if (!store)
    return not_loaded(absent("database writer"));
  const owed_answer<std::uint64_t> promise{make_response_promise<std::uint64_t>()};
  request(store, caf::infinite, load_atom::value)
      .then(
          [this, promise](stored_state_ptr& state) {
            loaded(*state);
            promise.deliver(std::uint64_t{projects_.size()});
          },
          [this, promise](caf::error& error) { promise.deliver(not_loaded(std::move(error))); });
  return promise.promise();
}

// After a restart of this part nobody else would ask for the projects again.
caf::error project_registry::not_loaded(caf::error why) {
  log().error("project-registry: the projects could not be loaded, which is tried again: {}",
              describe(why));
  caf::delayed_anon_send(project_registry_actor{this}, retry_of_load, load_atom::value);
  return why;
}

void project_registry::loaded(const stored_state& state) {
  for (const auto& [slug, path] : state.retired)
    if (retired_.emplace(slug.slug, path).second && !allowed(path))
      to_sweep_.push_back(path);
  sweep_retired();
  for (const auto& project : state.projects)
    if (!projects_.contains(project.id.slug))
      start(project);
  if (std::exchange(loaded_, true))
    return;
  shared().condition->projects_loaded();
  for (const auto& [slug, path] : state.retired)
    settle_removal(slug);
}

// A registry that failed in the middle of a removal has not told everybody of it.
void project_registry::settle_removal(const project_id& id) {
  if (!shared().statuses->find(id))
    return;
  shared().statuses->close(id);
  forget(id);
  tell(project_removed{id});
}

// A fetch may have been killed with the last process whose project was removed before anybody
// looked at its clone again. One after the other: there may be many, and nobody waits for them.
void project_registry::sweep_retired() {
  const auto pool = other<repo_pool_actor>();
  if (to_sweep_.empty() || !pool)
    return;
  sweep_request next{std::move(to_sweep_.back())};
  to_sweep_.pop_back();
  // Most often it is not there any more.
  request(pool, caf::infinite, std::move(next))
      .then([this](caf::ok_atom) { sweep_retired(); },
            [this](const caf::error&) { sweep_retired(); });
}

caf::error project_registry::allowed(const std::string& path) const {
  const auto& roots = settings_.allowed_roots;
  if (roots.empty() ||
      std::ranges::any_of(roots, [&](const auto& root) { return lies_below(path, root); }))
    return {};
  std::string list;
  for (const auto& root : roots)
    list += (list.empty() ? "" : ", ") + root;
  return make_error(ec::outside_allowed_roots,
                    path + " lies outside of projects.allowed_roots (" + list + ")");
}

caf::result<project_info> project_registry::add(const add_project& request_) {
  const auto& path = request_.path;
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
    return make_error(ec::invalid_argument,
                      "the path of a project must be absolute, not '" + path + "'");
  // It could get the name of one that is known.
  if (!loaded_)
    return absent("project registry");
  // Checked before anything is looked at, so that nobody can ask what lies elsewhere; checked again
  // below, when symbolic links have been resolved.
  if (auto error = allowed(std::filesystem::path{path}.lexically_normal().string()))
    return error;
  const auto pool = other<repo_pool_actor>();
  if (!pool)
    return absent("repository pool");
  const info_promise promise{make_response_promise<project_info>()};
  request(pool, caf::infinite, locate_request{path, urgency::foreground})
      .then([this, promise](repository_location& location) { located(location, promise); },
            [promise](caf::error& error) { promise.deliver(std::move(error)); });
  return promise.promise();
}

void project_registry::located(const repository_location& location, info_promise promise) {
  const auto& path = location.path;
  // A ".git" that is a link, or a file that names another folder, leads out as well as a path does.
  for (const auto* place : {&path, &location.git_dir, &location.common_dir})
    if (auto error = allowed(*place)) {
      promise.deliver(std::move(error));
      return;
    }
  if (const auto known = by_path_.find(path); known != by_path_.end()) {
    promise.deliver(make_error(
        ec::already_exists, path + " is registered already, as project '" + known->second + "'"));
    return;
  }
  if (being_added_.contains(path)) {
    waiting_for_add_[path].push_back(std::move(promise));
    return;
  }
  if (projects_.size() + being_added_.size() >= settings_.max_count) {
    promise.deliver(make_error(ec::overloaded, "this node takes at most " +
                                                   std::to_string(settings_.max_count) +
                                                   " projects (projects.max_count)"));
    return;
  }
  const auto store = other<database_writer_actor>();
  if (!store) {
    promise.deliver(absent("database writer"));
    return;
  }
  const project_id id{slug_for(path)};
  being_added_.insert(path);
  reserved_.insert(id.slug);
  request(store, caf::infinite, put_project{id, path})
      .then([this, id, path, promise](caf::ok_atom) { stored(id, path, promise); },
            [this, id, path, promise](caf::error& error) {
              being_added_.erase(path);
              reserved_.erase(id.slug);
              if (const auto node = waiting_for_add_.extract(path))
                for (const auto& who : node.mapped())
                  who.deliver(error);
              promise.deliver(std::move(error));
            });
}

std::string project_registry::slug_for(const std::string& path) const {
  // A project that comes back gets the name that it had.
  for (const auto& [slug, retired_path] : retired_)
    if (retired_path == path)
      return slug;
  return unique_slug(path, [this](const std::string& slug) {
    return projects_.contains(slug) || retired_.contains(slug) || reserved_.contains(slug);
  });
}

void project_registry::stored(const project_id& id, const std::string& path, info_promise promise) {
  being_added_.erase(path);
  reserved_.erase(id.slug);
  retired_.erase(id.slug);
  start({.id = id, .path = path});
  promise.deliver(projects_.at(id.slug).info);
  if (const auto node = waiting_for_add_.extract(path))
    for (const auto& who : node.mapped())
      who.deliver(make_error(ec::already_exists,
                             path + " is registered already, as project '" + id.slug + "'"));
}

void project_registry::start(const stored_project& known) {
  auto& entry = projects_[known.id.slug];
  entry.info = {known.id, known.path, project_state::refreshing, "not looked at yet"};
  entry.activity = known.activity;
  count(entry.info, +1);
  by_path_[known.path] = known.id.slug;
  if (known.last_status)
    entry.info.summary = summary_of(*known.last_status);
  spawn_project(entry, known.last_status, known.remotes);
  tell(entry.info);
}

void project_registry::spawn_project(record& entry, sync_status_ptr last_status,
                                     std::vector<remote_state> remotes) {
  entry.started = clock().now();
  entry.actor =
      spawn<project>(shared(),
                     project_start{entry.info.id, entry.info.path, std::move(last_status),
                                   std::move(remotes), urgency::background, entry.activity},
                     background_);
  monitor(entry.actor);
}

void project_registry::ended(const caf::down_msg& message) {
  if (const auto node = leaving_.extract(message.source)) {
    // Only now: it may have told the scheduler what to keep fresh until its end.
    if (!projects_.contains(node.mapped().slug))
      forget(node.mapped());
    return;
  }
  const auto it = std::ranges::find_if(projects_, [&](const auto& item) {
    return item.second.actor && item.second.actor.address() == message.source;
  });
  if (it == projects_.end())
    return;
  auto& entry = it->second;
  log().error("project {} failed: {}", it->first, describe(message.reason));
  figures().part_restarted("project");
  entry.actor = nullptr;
  if (clock().now() - entry.started >= forgiven_after) {
    spawn_project(entry, nullptr, {});
    return;
  }
  count(entry.info, -1);
  entry.info.state = project_state::error;
  entry.info.reason = "it could not be read because of an internal error (the log has it)";
  count(entry.info, +1);
  tell(entry.info);
}

caf::result<project_info> project_registry::remove(const remove_project& request_) {
  const auto it = projects_.find(request_.project.slug);
  if (it == projects_.end())
    return unknown(request_.project);
  const auto store = other<database_writer_actor>();
  if (!store)
    return absent("database writer");
  const info_promise promise{make_response_promise<project_info>()};
  request(store, caf::infinite, delete_project{request_.project})
      .then(
          [this, id = request_.project, promise](caf::ok_atom) {
            auto node = projects_.extract(id.slug);
            if (!node) {
              promise.deliver(unknown(id));
              return;
            }
            auto& info = node.mapped().info;
            const auto actor = node.mapped().actor;
            by_path_.erase(info.path);
            shared().statuses->close(id);
            retired_[id.slug] = info.path;
            if (actor) {
              leaving_.emplace(actor.address(), id);
              send_exit(actor, make_error(ec::not_found, "project '" + id.slug + "' was removed"));
            } else {
              forget(id);
            }
            count(info, -1);
            tell(project_removed{id});
            promise.deliver(std::move(info));
          },
          [promise](caf::error& error) { promise.deliver(std::move(error)); });
  return promise.promise();
}

caf::result<project_info> project_registry::set(const set_activity& wish) {
  if (!projects_.contains(wish.project.slug))
    return unknown(wish.project);
  const auto store = other<database_writer_actor>();
  if (!store)
    return absent("database writer");
  const info_promise promise{make_response_promise<project_info>()};
  request(store, caf::infinite, wish)
      .then([this, wish, promise](caf::ok_atom) { stored(wish, promise); },
            [promise](caf::error& error) { promise.deliver(std::move(error)); });
  return promise.promise();
}

void project_registry::stored(const set_activity& wish, info_promise promise) {
  const auto it = projects_.find(wish.project.slug);
  if (it == projects_.end()) {
    promise.deliver(unknown(wish.project));
    return;
  }
  // As it was before: to whom it changes, the scheduler is told.
  if (!it->second.actor)
    spawn_project(it->second, nullptr, {});
  it->second.activity = wish.wish;
  request(it->second.actor, caf::infinite, wish)
      .then([promise](project_info& info) { promise.deliver(std::move(info)); },
            [promise](caf::error& error) { promise.deliver(std::move(error)); });
}

// The project looks first: one that was just added, or that got another upstream, tells the
// scheduler only then what there is to fetch.
caf::result<fetch_report_ptr> project_registry::fetch(const fetch_request& asked) {
  const auto it = projects_.find(asked.project.slug);
  if (it == projects_.end())
    return unknown(asked.project);
  if (it->second.activity == project_activity::suspended)
    return make_error(ec::suspended, "project '" + asked.project.slug +
                                         "' is suspended, and nothing is fetched of it; resume it "
                                         "first");
  if (!it->second.actor)
    spawn_project(it->second, nullptr, {});
  const owed_answer<fetch_report_ptr> promise{make_response_promise<fetch_report_ptr>()};
  const auto pass_on = [this, asked, promise](status_answer&) {
    const auto scheduler = other<fetch_scheduler_actor>();
    if (!scheduler) {
      promise.deliver(absent("fetch scheduler"));
      return;
    }
    request(scheduler, caf::infinite, asked)
        .then([promise](fetch_report_ptr& report) { promise.deliver(std::move(report)); },
              [promise](caf::error& error) { promise.deliver(std::move(error)); });
  };
  request(it->second.actor, caf::infinite, status_request{asked.project})
      .then(pass_on, [promise](caf::error& error) { promise.deliver(std::move(error)); });
  return promise.promise();
}

caf::result<project_page> project_registry::list(const list_projects& query) const {
  if (!loaded_)
    return absent("project registry");
  project_page page;
  auto it = query.after ? projects_.upper_bound(query.after->slug) : projects_.begin();
  for (; it != projects_.end(); ++it) {
    if (query.state && it->second.info.state != *query.state)
      continue;
    if (page.projects.size() == query.limit) {
      page.more = true;
      break;
    }
    page.projects.push_back(it->second.info);
  }
  return page;
}

void project_registry::forget(const project_id& id) {
  send(other<fetch_scheduler_actor>(), untrack_project{id});
  if (const auto watcher = other<ref_watcher_actor>())
    send(watcher, unwatch_clone{id});
}

void project_registry::published(const sync_status_ptr& status) {
  const auto it = projects_.find(status->project.slug);
  if (it == projects_.end())
    return;
  auto& info = it->second.info;
  count(info, -1);
  info = line_of(*status);
  count(info, +1);
  tell(status);
}

void project_registry::tell(const engine_event& news) {
  // A host's mistake must not cost the registry.
  shared().audience->tell(
      news, [this](const std::exception& e) { log().error("a subscriber failed: {}", e.what()); });
}

caf::error project_registry::unknown(const project_id& id) const {
  return loaded_ ? make_error(ec::not_found, "there is no project '" + id.slug + "'")
                 : absent("project registry");
}

void project_registry::count(const project_info& info, int by) {
  by_state_[static_cast<std::size_t>(info.state)] += static_cast<std::size_t>(by);
  figures().projects(by_state_);
}

void project_registry::on_exit() {
  for (auto& [path, promises] : waiting_for_add_)
    for (auto& promise : promises)
      promise.deliver(make_error(ec::shutting_down, "the engine stops"));
  waiting_for_add_.clear();
  for (const auto& [slug, known] : projects_)
    if (known.actor)
      caf::anon_send_exit(known.actor, caf::exit_reason::user_shutdown);
  projects_.clear();
}

}  // namespace headway
