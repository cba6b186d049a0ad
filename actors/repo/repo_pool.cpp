#include <algorithm>

#include <actors/repo/repo_pool.hpp>

namespace headway {

namespace {

constexpr auto tick_interval = std::chrono::seconds{5};

// All tasks waited for memory for this share of the time, or so much of what there is is used: the
// kernel takes page cache back already, and kills next.
constexpr double much_pressure = 0.02;
constexpr double much_of_the_limit = 0.95;

bool is_short_of_memory(const resource_sample& sample) {
  if (sample.memory_pressure.value_or(0) >= much_pressure)
    return true;
  return sample.memory_limit && sample.memory_used &&
         static_cast<double>(*sample.memory_used) >=
             much_of_the_limit * static_cast<double>(*sample.memory_limit);
}

}  // namespace

repo_pool::repo_pool(caf::actor_config& config, engine_context shared, lease_limits limits,
                     pool_config settings, std::size_t workers, repo_worker_factory make_worker)
    : actor_shell(config, "repo-pool", std::move(shared)),
      settings_(settings),
      make_worker_(std::move(make_worker)),
      book_(limits),
      work_(settings.queue_limit) {
  for (std::size_t i = 0; i < workers; ++i) {
    workers_.push_back(make_worker_());
    monitor(workers_.back());
    work_.add_idle(workers_.back());
  }
  set_down_handler([this](caf::down_msg& down) { replace_worker(down.source); });
}

repo_pool::behavior_type repo_pool::make_behavior() {
  delayed_send(this, tick_interval, tick_atom::value);
  return {
      [this](const lease_request& request) -> caf::result<repo_lease_ptr> {
        const owed_answer<repo_lease_ptr> promise{make_response_promise<repo_lease_ptr>()};
        seek_lease({request.location, promise, std::nullopt, {}, clock().now()}, request.who,
                   std::min(request.patience, settings_.wait_limit));
        return promise.promise();
      },
      [this](const read_refs_request& request) -> caf::result<read_refs_answer> {
        const owed_answer<read_refs_answer> promise{make_response_promise<read_refs_answer>()};
        seek_lease({request.location, {}, request, promise, clock().now()}, request.who,
                   std::min(request.patience, settings_.wait_limit));
        return promise.promise();
      },
      [this](const locate_request& request) -> caf::result<repository_location> {
        const owed_answer<repository_location> promise{
            make_response_promise<repository_location>()};
        offer(locate_work{request, promise}, request.who);
        return promise.promise();
      },
      [this](stats_atom) -> caf::result<pool_stats> { return book_.stats(); },
      [this](const resource_sample_ptr& sample) { adapt(*sample); },
      [this](const lease_returned& returned) { give_back(returned.ticket); },
      [this](const lease_overdue& overdue) { give_up(overdue.ticket); },
      [this](tick_atom) { tick(); },
  };
}

void repo_pool::seek_lease(waiter wait, urgency who, std::chrono::milliseconds patience) {
  const auto ticket = next_ticket_++;
  const auto key = wait.location.git_dir;
  waiting_.emplace(ticket, std::move(wait));
  switch (book_.acquire(ticket, key, who)) {
    case lease_book::verdict::granted:
      break;
    case lease_book::verdict::waiting:
      delayed_send(this, patience, lease_overdue{ticket});
      break;
    case lease_book::verdict::overloaded: {
      auto node = waiting_.extract(ticket);
      fail(node.mapped(),
           make_error(ec::overloaded,
                      "too many requests wait for a repository; try again in a second"));
      return;
    }
  }
  settle();
}

void repo_pool::settle() {
  for (const auto slot : book_.take_evictions()) {
    const auto node = slots_.extract(slot);
    if (node && node.mapped()->handle && !workers_.empty())
      send(workers_[next_closer_++ % workers_.size()], close_job{std::move(node.mapped())});
  }
  for (const auto& granted : book_.take_grants())
    grant(granted.ticket, granted.slot);
}

void repo_pool::grant(std::uint64_t ticket, std::uint64_t slot) {
  auto node = waiting_.extract(ticket);
  auto& wait = node.mapped();
  auto& handle = slots_[slot];
  if (!handle)
    handle = std::make_shared<open_repository>(open_repository{wait.location, nullptr});
  // Same git directory, but the work tree may have moved since.
  handle->location = wait.location;
  slot_of_[ticket] = slot;
  auto lease = std::make_shared<repo_lease>(ticket, handle, repo_pool_actor{this});
  if (!wait.read) {
    wait.promise.deliver(std::move(lease));
    return;
  }
  const auto speed = handle->handle ? pace::quick : pace::opening;
  offer(read_work{{std::move(lease), wait.read->known}, wait.read_answer, wait.since, speed},
        wait.read->who);
}

void repo_pool::fail(waiter& wait, caf::error error) {
  if (wait.read)
    wait.read_answer.deliver(std::move(error));
  else
    wait.promise.deliver(std::move(error));
}

void repo_pool::give_back(std::uint64_t ticket) {
  const auto it = slot_of_.find(ticket);
  if (it == slot_of_.end())
    return;
  const auto& handle = slots_.at(it->second)->handle;
  std::optional<handle_cost> cost;
  if (handle) {
    const auto use = handle->use();
    cost = handle_cost{use.memory_bytes, use.file_descriptors};
  }
  slot_of_.erase(it);
  book_.release(ticket, cost, clock().now());
  settle();
}

void repo_pool::give_up(std::uint64_t ticket) {
  if (!book_.abandon(ticket))
    return;
  auto node = waiting_.extract(ticket);
  fail(node.mapped(),
       make_error(ec::deadline_exceeded,
                  "no repository handle became free in time for " + node.mapped().location.path));
  settle();
}

void repo_pool::offer(work_item item, urgency who) {
  const auto waiting = work_.waiting() + openings_[0].size() + openings_[1].size();
  if (waiting >= settings_.queue_limit)
    return refuse(item);
  if (std::visit([](const auto& work) { return work.speed; }, item) == pace::opening) {
    openings_[static_cast<std::size_t>(who)].push_back(std::move(item));
    admit_openings();
  } else if (!work_.offer(item, who)) {
    return refuse(item);
  }
  pump();
}

void repo_pool::refuse(work_item& item) {
  const auto full =
      make_error(ec::overloaded, "too many repositories wait to be read; try again in a second");
  std::visit([&](auto& work) { work.promise.deliver(full); }, item);
}

// However long openings take, they never have all workers: who asks for a repository that is open
// does not wait for another's disk.
void repo_pool::admit_openings() {
  const auto most = std::max<std::size_t>(workers_.size(), 2) - 1;
  for (const auto who : {urgency::foreground, urgency::background}) {
    auto& queue = openings_[static_cast<std::size_t>(who)];
    while (opening_ < most && !queue.empty() && work_.offer(queue.front(), who)) {
      queue.pop_front();
      ++opening_;
    }
  }
}

void repo_pool::ended(pace speed) {
  if (speed == pace::quick)
    return;
  --opening_;
  admit_openings();
  // Whoever ended may have died, and its successor have found nothing to do before this.
  pump();
}

void repo_pool::pump() {
  while (auto next = work_.next())
    std::visit([&](auto& work) { run(std::move(next->first), std::move(work)); }, next->second);
}

void repo_pool::run(repo_worker_actor worker, read_work work) {
  const auto waited = clock().now() - work.since;
  request(worker, caf::infinite, std::move(work.job))
      .then(
          [this, worker, promise = work.promise, waited,
           speed = work.speed](read_refs_answer& answer) {
            answer.waited = waited;
            promise.deliver(std::move(answer));
            ended(speed);
            done(worker);
          },
          [this, worker, promise = work.promise, speed = work.speed](caf::error& error) {
            // A worker that died is replaced by the down handler instead.
            const bool died = code_of(error) == ec::shutting_down;
            promise.deliver(std::move(error));
            ended(speed);
            if (!died)
              done(worker);
          });
}

void repo_pool::run(repo_worker_actor worker, locate_work work) {
  request(worker, caf::infinite, std::move(work.job))
      .then(
          [this, worker, promise = work.promise,
           speed = work.speed](repository_location& location) {
            promise.deliver(std::move(location));
            ended(speed);
            done(worker);
          },
          [this, worker, promise = work.promise, speed = work.speed](caf::error& error) {
            const bool died = code_of(error) == ec::shutting_down;
            promise.deliver(std::move(error));
            ended(speed);
            if (!died)
              done(worker);
          });
}

void repo_pool::done(repo_worker_actor worker) {
  // One that has died may have answered before: it has been replaced then.
  if (std::ranges::find(workers_, worker) != workers_.end())
    work_.add_idle(std::move(worker));
  pump();
}

void repo_pool::replace_worker(const caf::actor_addr& dead) {
  const auto is_dead = [&](const repo_worker_actor& worker) { return worker.address() == dead; };
  if (std::erase_if(workers_, is_dead) == 0)
    return;
  log().error("repo-pool: a worker ended; starting another");
  work_.remove_idle_if(is_dead);
  workers_.push_back(make_worker_());
  monitor(workers_.back());
  work_.add_idle(workers_.back());
  pump();
}

void repo_pool::tick() {
  book_.expire(clock().now());
  settle();
  publish();
  delayed_send(this, tick_interval, tick_atom::value);
}

void repo_pool::adapt(const resource_sample& sample) {
  if (is_short_of_memory(sample))
    book_.squeeze();
  else
    book_.relax();
  settle();
}

void repo_pool::publish() {
  figures().pool(book_.stats());
}

void repo_pool::on_exit() {
  for (auto& [ticket, wait] : waiting_)
    fail(wait, make_error(ec::shutting_down, "the repository pool stops"));
  waiting_.clear();
  const auto stop = [](auto& work) {
    work.promise.deliver(make_error(ec::shutting_down, "the repository pool stops"));
  };
  for (auto& item : work_.drain())
    std::visit(stop, item);
  for (auto& queue : openings_)
    for (auto& item : std::exchange(queue, {}))
      std::visit(stop, item);
  work_.drop_workers();
  for (const auto& worker : workers_)
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  workers_.clear();
  slots_.clear();
  make_worker_ = nullptr;
}

}  // namespace headway
