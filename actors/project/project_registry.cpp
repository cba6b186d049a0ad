#include <actors/project/project_registry.hpp>

#include <algorithm>

#include <actors/project/slug.hpp>

namespace headway {

namespace {

constexpr auto upkeep_interval = std::chrono::minutes{5};

caf::error unknown(const project_id& id) {
  return make_error(ec::not_found, "there is no project '" + id.slug + "'");
}

bool lies_below(const std::string& path, std::string root) {
  while (root.size() > 1 && root.ends_with('/'))
    root.pop_back();
  return path == root || root == "/" ||
         (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

}  // namespace

project_registry::project_registry(caf::actor_config& config, engine_context shared, projects_config settings,
                                   fetch_config::background_mode background)
    : actor_shell(config, "project-registry", std::move(shared)),
      settings_(std::move(settings)),
      background_(background),
      by_state_(static_cast<std::size_t>(project_state::corrupt) + 1) {}

project_registry::behavior_type project_registry::make_behavior() {
  delayed_send(this, upkeep_interval, tick_atom::value);
  return {
      [this](load_atom) { return load(); },
      [this](const add_project& request) { return add(request); },
      [this](const remove_project& request) { return remove(request); },
      [this](const list_projects& query) { return list(query); },
      [this](const status_request& request) -> caf::result<status_answer> {
        const auto it = projects_.find(request.project.slug);
        if (it == projects_.end())
          return unknown(request.project);
        return delegate(it->second.actor, request);
      },
      [this](const fetch_request& request) -> caf::result<fetch_report_ptr> {
        if (!projects_.contains(request.project.slug))
          return unknown(request.project);
        return delegate(other<fetch_scheduler_actor>(), request);
      },
      [this](const project_id& id) -> caf::result<project_info> {
        const auto it = projects_.find(id.slug);
        if (it == projects_.end())
          return unknown(id);
        return it->second.info;
      },
      [this](const status_published& news) { published(news.status); },
      [this](const remotes_changed& change) {
        if (const auto it = projects_.find(change.project.slug); it != projects_.end())
          send(it->second.actor, change);
      },
      [this](const status_listener& listener) -> caf::result<subscription_id> {
        listeners_.emplace(next_listener_, listener);
        return subscription_id{next_listener_++};
      },
      [this](const subscription_id& id) { listeners_.erase(id.value); },
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
        delayed_send(this, upkeep_interval, tick_atom::value);
      },
  };
}

caf::result<std::uint64_t> project_registry::load() {
  auto promise = make_response_promise<std::uint64_t>();
  request(other<database_writer_actor>(), caf::infinite, load_atom::value)
      .then(
          [this, promise](stored_state_ptr& state) mutable {
            loaded(*state);
            promise.deliver(std::uint64_t{projects_.size()});
          },
          [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
  return promise;
}

void project_registry::loaded(const stored_state& state) {
  for (const auto& [slug, path] : state.retired)
    retired_.emplace(slug.slug, path);
  for (const auto& project : state.projects)
    start(project.id, project.path, project.last_status, project.remotes);
}

caf::error project_registry::allowed(const std::string& path) const {
  const auto& roots = settings_.allowed_roots;
  if (roots.empty() ||
      std::ranges::any_of(roots, [&](const auto& root) { return lies_below(path, root); }))
    return {};
  std::string list;
  for (const auto& root : roots)
    list += (list.empty() ? "" : ", ") + root;
  return make_error(ec::outside_allowed_roots, path + " lies outside of projects.allowed_roots (" +
                                                   list + ")");
}

caf::result<project_info> project_registry::add(const add_project& request_) {
  const auto& path = request_.path;
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos)
    return make_error(ec::invalid_argument, "the path of a project must be absolute, not '" + path + "'");
  // Checked before anything is looked at, so that nobody can ask what lies elsewhere; checked again
  // below, when symbolic links have been resolved.
  if (auto error = allowed(path))
    return error;
  auto promise = make_response_promise<project_info>();
  request(other<repo_pool_actor>(), caf::infinite, locate_request{path, urgency::foreground})
      .then([this, promise](repository_location& location) { located(location, promise); },
            [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
  return promise;
}

void project_registry::located(const repository_location& location, info_promise promise) {
  const auto& path = location.path;
  if (auto error = allowed(path)) {
    promise.deliver(std::move(error));
    return;
  }
  if (const auto known = by_path_.find(path); known != by_path_.end()) {
    promise.deliver(make_error(ec::already_exists,
                               path + " is registered already, as project '" + known->second + "'"));
    return;
  }
  if (being_added_.contains(path)) {
    waiting_for_add_[path].push_back(std::move(promise));
    return;
  }
  if (projects_.size() + being_added_.size() >= settings_.max_count) {
    promise.deliver(make_error(ec::overloaded,
                               "this node takes at most " + std::to_string(settings_.max_count) +
                                   " projects (projects.max_count)"));
    return;
  }
  const project_id id{slug_for(path)};
  being_added_.insert(path);
  reserved_.insert(id.slug);
  request(other<database_writer_actor>(), caf::infinite, put_project{id, path})
      .then([this, id, path, promise](caf::ok_atom) { stored(id, path, promise); },
            [this, id, path, promise](caf::error& error) mutable {
              being_added_.erase(path);
              reserved_.erase(id.slug);
              for (auto& who : std::exchange(waiting_for_add_[path], {}))
                who.deliver(error);
              waiting_for_add_.erase(path);
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
  start(id, path, nullptr, {});
  promise.deliver(projects_.at(id.slug).info);
  if (auto node = waiting_for_add_.extract(path))
    for (auto& who : node.mapped())
      who.deliver(make_error(ec::already_exists,
                             path + " is registered already, as project '" + id.slug + "'"));
}

void project_registry::start(const project_id& id, const std::string& path,
                             sync_status_ptr last_status, std::vector<remote_state> remotes) {
  auto& entry = projects_[id.slug];
  entry.info = {id, path, project_state::refreshing, "not looked at yet"};
  count(entry.info, +1);
  by_path_[path] = id.slug;
  entry.actor = spawn<project>(
      shared(),
      project_start{id, path, std::move(last_status), std::move(remotes), urgency::background},
      background_);
}

caf::result<project_info> project_registry::remove(const remove_project& request_) {
  const auto it = projects_.find(request_.project.slug);
  if (it == projects_.end())
    return unknown(request_.project);
  auto promise = make_response_promise<project_info>();
  request(other<database_writer_actor>(), caf::infinite, delete_project{request_.project})
      .then(
          [this, id = request_.project, promise](caf::ok_atom) mutable {
            auto node = projects_.extract(id.slug);
            if (!node) {
              promise.deliver(unknown(id));
              return;
            }
            auto& [info, actor] = node.mapped();
            by_path_.erase(info.path);
            retired_[id.slug] = info.path;
            send_exit(actor, caf::exit_reason::user_shutdown);
            send(other<fetch_scheduler_actor>(), untrack_project{id});
            count(info, -1);
            promise.deliver(std::move(info));
          },
          [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
  return promise;
}

caf::result<project_page> project_registry::list(const list_projects& query) const {
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

void project_registry::published(const sync_status_ptr& status) {
  const auto it = projects_.find(status->project.slug);
  if (it == projects_.end())
    return;
  auto& info = it->second.info;
  count(info, -1);
  info.state = status->state;
  info.reason = status->reason;
  count(info, +1);
  for (const auto& [number, listener] : listeners_)
    (*listener.call)(status);
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
  for (auto& [slug, known] : projects_)
    caf::anon_send_exit(known.actor, caf::exit_reason::user_shutdown);
  projects_.clear();
  listeners_.clear();
}

}  // namespace headway
