#include <fcntl.h>
#include <tests/simulation/watcher.hpp>

namespace headway::simulation {

using namespace std::chrono_literals;

played_watcher::played_watcher(caf::actor_config& config, engine_context shared, stage& on)
    : actor_shell(config, "played-watcher", std::move(shared)), on_(on) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    on_.eyes.complain("there is no pipe for the queue of events");
    return;
  }
  queue_->events = git::file_descriptor{ends[0]};
  into_queue_ = git::file_descriptor{ends[1]};
}

played_watcher::behavior_type played_watcher::make_behavior() {
  if (on_.of.hears == hearing::watched)
    on_.kernel = [this](const std::string& common_dir) { queue(common_dir); };
  if (on_.of.hears == hearing::swept)
    sweep();
  return {
      [this](const watch_clone& wish) { add(wish); },
      [this](const unwatch_clone& wish) { remove(wish.project.slug); },
      [](stats_atom) { return watch_stats{}; },
      [](const later_step& step) { step.run(); },
  };
}

void played_watcher::on_exit() {
  on_.kernel = nullptr;
  while (!clones_.empty())
    remove(std::string{clones_.begin()->first});
  on_.eyes.shaken();
}

// Also from outside of its turn, as the kernel does it.
void played_watcher::later(milliseconds delay, std::function<void()> what) {
  caf::delayed_anon_send(timed_watcher_actor{this}, delay, later_step{std::move(what)});
}

void played_watcher::add(const watch_clone& wish) {
  const auto& name = wish.project.slug;
  remove(name);
  if (on_.of.hears == hearing::deaf)
    return;
  const auto& refs = on_.of.store_at(wish.location.common_dir)->refs;
  const auto version = refs.version_at(on_.of.now());
  auto& one = clones_[name];
  one = {wish.location.common_dir, std::make_shared<git::clone_moves>(queue_), version};
  if (on_.of.hears == hearing::watched)
    one.moves->begin();
  shared().marks->set(name, one.moves);
  if (wish.known.racy || wish.known.low != version + 1)
    tell(name);
}

void played_watcher::remove(const std::string& name) {
  const auto node = clones_.extract(name);
  if (!node)
    return;
  node.mapped().moves->end();
  shared().marks->erase(name);
}

void played_watcher::queue(const std::string& common_dir) {
  if (::write(into_queue_.get(), "x", 1) != 1)
    return on_.eyes.complain("the queue of events is full");
  if (events_.empty())
    later(on_.of.chance.between(0ms, 20ms), [this] { read(); });
  events_.insert(common_dir);
}

void played_watcher::read() {
  queue_->is_read = true;
  char bytes[4096];
  while (::read(queue_->events.get(), bytes, sizeof bytes) > 0) {
  }
  // Now and then the kernel has lost some: then any clone may have moved.
  const bool lost_some = on_.of.chance.one_in(50);
  const auto moved = std::exchange(events_, {});
  for (auto& [name, one] : clones_) {
    if (!lost_some && !moved.contains(one.common_dir))
      continue;
    one.moves->happened();
    tell(name);
  }
  queue_->is_read = false;
}

// When nothing else has moved for a moment; many moves in a row are told once.
void played_watcher::tell(const std::string& name) {
  if (std::exchange(clones_.at(name).is_to_be_told, true))
    return;
  later(on_.of.chance.between(50ms, 500ms), [this, name] {
    const auto it = clones_.find(name);
    if (it == clones_.end())
      return;
    it->second.is_to_be_told = false;
    if (const auto registry = other<project_registry_actor>())
      send(registry, refs_moved{project_id{name}});
  });
}

void played_watcher::sweep() {
  for (auto& [name, one] : clones_)
    if (const auto now = on_.of.store_at(one.common_dir)->refs.version_at(on_.of.now());
        std::exchange(one.version, now) != now)
      tell(name);
  later(30s, [this] { sweep(); });
}

}  // namespace headway::simulation
