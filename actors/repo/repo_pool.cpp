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

bool is_about(const locate_request& job, const person_waits& news) {
  return job.path == news.path;
}

// Nobody waits for it.
bool is_about(const sweep_request&, const person_waits&) {
  return false;
}

template <class LeasedJob>
bool is_about(const LeasedJob& job, const person_waits& news) {
  return job.lease->location().common_dir == news.common_dir;
}

std::string path_of(const locate_request& job) {
  return job.path;
}

std::string path_of(const sweep_request& job) {
  return job.path;
}

template <class LeasedJob>
std::string path_of(const LeasedJob& job) {
  return job.lease->location().path;
}

}  // namespace

repo_pool::repo_pool(caf::actor_config& config, engine_context shared, lease_limits limits,
                     pool_config settings, std::size_t workers, repo_worker_factory make_worker,
                     mount_reader read_mounts)
    : actor_shell(config, "repo-pool", std::move(shared)),
      settings_(settings),
      make_worker_(std::move(make_worker)),
      book_(limits),
      lanes_(workers),
      read_mounts_(std::move(read_mounts)),
      mounts_(read_mounts_()) {
  while (workers_.size() < lanes_.workers())
    add_worker();
  set_down_handler([this](caf::down_msg& down) { replace_worker(down.source); });
}

repo_pool::behavior_type repo_pool::make_behavior() {
  delayed_send(this, tick_interval, tick_atom::value);
  return {
      [this](const lease_request& request) -> caf::result<repo_lease_ptr> {
        const lease_promise promise{make_response_promise<repo_lease_ptr>()};
        seek_lease({request.location,
                    promise,
                    std::nullopt,
                    {},
                    request.who,
                    clock().now(),
                    std::min(request.patience, settings_.wait_limit)});
        return promise.promise();
      },
      [this](const read_refs_request& request) -> caf::result<read_refs_answer> {
        const read_promise promise{make_response_promise<read_refs_answer>()};
        seek_lease({request.location,
                    {},
                    request,
                    promise,
                    request.who,
                    clock().now(),
                    std::min(request.patience, settings_.wait_limit)});
        return promise.promise();
      },
      [this](const locate_request& request) -> caf::result<repository_location> {
        const locate_promise promise{make_response_promise<repository_location>()};
        offer(locate_work{request, promise}, request.path, request.who, job_pace::opening,
              settings_.wait_limit);
        return promise.promise();
      },
      [this](const sweep_request& request) -> caf::result<caf::ok_atom> {
        const sweep_promise promise{make_response_promise<caf::ok_atom>()};
        offer(sweep_work{request, promise}, request.path, urgency::background, job_pace::opening,
              settings_.wait_limit);
        return promise.promise();
      },
      [this](const person_waits& news) { hurry(news); },
      [this](stats_atom) -> caf::result<pool_stats> { return book_.stats(); },
      [this](const resource_sample_ptr& sample) { adapt(*sample); },
      [this](const lease_returned& returned) { give_back(returned.ticket); },
      [this](const lease_overdue& overdue) { give_up(overdue.ticket); },
      [this](tick_atom) { tick(); },
  };
}

void repo_pool::seek_lease(waiter wait) {
  const auto ticket = next_ticket_++;
  const auto key = wait.location.git_dir;
  const auto who = wait.who;
  const auto patience = wait.patience;
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

void repo_pool::hurry(const person_waits& news) {
  for (auto& [ticket, wait] : waiting_)
    if (wait.location.common_dir == news.common_dir) {
      wait.who = urgency::foreground;
      book_.promote(ticket);
    }
  for (const auto& [job, item] : work_)
    if (std::visit([&](const auto& work) { return is_about(work.job, news); }, item))
      lanes_.promote(job);
  settle();
  pump();
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
  const auto pace = handle->handle ? job_pace::quick : job_pace::opening;
  if (!wait.read && pace == job_pace::quick) {
    wait.promise.deliver(std::move(lease));
    return;
  }
  const auto waited =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock().now() - wait.since);
  const auto left = std::max(wait.patience - waited, std::chrono::milliseconds{});
  const auto& path = handle->location.common_dir;
  if (wait.read)
    offer(read_work{{std::move(lease), wait.read->known}, wait.read_answer, wait.since}, path,
          wait.who, pace, left);
  else
    offer(open_work{{std::move(lease)}, wait.promise}, path, wait.who, pace, left);
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
  if (const auto node = work_.extract(ticket)) {
    lanes_.abandon(ticket);
    std::visit(
        [](const auto& work) {
          work.promise.deliver(
              make_error(ec::deadline_exceeded,
                         "nobody could look at " + path_of(work.job) +
                             " in time: its disk is slow, or does not answer; try again later"));
        },
        node.mapped());
    return;
  }
  if (!book_.abandon(ticket))
    return;
  auto node = waiting_.extract(ticket);
  fail(node.mapped(),
       make_error(ec::deadline_exceeded,
                  "no repository handle became free in time for " + node.mapped().location.path));
  settle();
}

void repo_pool::offer(work_item item, const std::string& path, urgency who, job_pace pace,
                      std::chrono::milliseconds patience) {
  if (lanes_.waiting() >= settings_.queue_limit) {
    const auto full =
        make_error(ec::overloaded, "too many repositories wait to be read; try again in a second");
    std::visit([&](const auto& work) { work.promise.deliver(full); }, item);
    return;
  }
  const auto job = next_ticket_++;
  lanes_.add(job, mounts_.disk_of(path), who, pace);
  work_.emplace(job, std::move(item));
  while (workers_.size() < lanes_.workers())
    add_worker();
  pump();
  // A look in the background keeps its place: given up, it would be tried again later and later,
  // and news would come late although nobody is impatient.
  if (who == urgency::foreground && work_.contains(job))
    delayed_send(this, patience, lease_overdue{job});
}

void repo_pool::add_worker() {
  workers_.push_back(make_worker_());
  monitor(workers_.back());
  idle_.push_back(workers_.back());
}

void repo_pool::pump() {
  while (!idle_.empty()) {
    const auto job = lanes_.next();
    if (!job)
      return;
    auto worker = std::move(idle_.back());
    idle_.pop_back();
    auto node = work_.extract(*job);
    std::visit([&](auto& work) { run(*job, std::move(worker), std::move(work)); }, node.mapped());
  }
}

void repo_pool::run(std::uint64_t job, repo_worker_actor worker, read_work work) {
  const auto waited = clock().now() - work.since;
  run<read_refs_answer>(job, std::move(worker), std::move(work.job), std::move(work.promise),
                        [waited](read_refs_answer& answer) { answer.waited = waited; });
}

void repo_pool::run(std::uint64_t job, repo_worker_actor worker, locate_work work) {
  run<repository_location>(job, std::move(worker), std::move(work.job), std::move(work.promise),
                           [](repository_location&) {});
}

void repo_pool::run(std::uint64_t job, repo_worker_actor worker, sweep_work work) {
  run<caf::ok_atom>(job, std::move(worker), std::move(work.job), std::move(work.promise),
                    [](caf::ok_atom&) {});
}

void repo_pool::run(std::uint64_t job, repo_worker_actor worker, open_work work) {
  run<repo_lease_ptr>(job, std::move(worker), std::move(work.job), std::move(work.promise),
                      [](repo_lease_ptr&) {});
}

template <class Answer, class Job, class Promise, class Finish>
void repo_pool::run(std::uint64_t job, repo_worker_actor worker, Job order, Promise promise,
                    Finish finish) {
  request(worker, caf::infinite, std::move(order))
      .then(
          [this, job, worker, promise, finish](Answer& answer) {
            finish(answer);
            promise.deliver(std::move(answer));
            ended(job, worker);
          },
          [this, job, worker, promise](caf::error& error) {
            // Of one that died nothing more is heard than this; the down handler replaces it.
            const bool died = code_of(error) == ec::shutting_down;
            promise.deliver(std::move(error));
            ended(job, died ? repo_worker_actor{} : worker);
          });
}

void repo_pool::ended(std::uint64_t job, const repo_worker_actor& worker) {
  lanes_.ended(job);
  // One that has died may have answered before: it has been replaced then.
  if (worker && std::ranges::find(workers_, worker) != workers_.end())
    idle_.push_back(worker);
  // Even when it died: its successor may have found nothing that was allowed to begin before this.
  pump();
}

void repo_pool::replace_worker(const caf::actor_addr& dead) {
  const auto is_dead = [&](const repo_worker_actor& worker) { return worker.address() == dead; };
  if (std::erase_if(workers_, is_dead) == 0)
    return;
  log().error("repo-pool: a worker ended; starting another");
  std::erase_if(idle_, is_dead);
  add_worker();
  pump();
}

void repo_pool::tick() {
  mounts_ = read_mounts_();
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
  const auto stop = make_error(ec::shutting_down, "the repository pool stops");
  for (auto& [job, item] : std::exchange(work_, {}))
    std::visit([&](const auto& work) { work.promise.deliver(stop); }, item);
  idle_.clear();
  for (const auto& worker : workers_)
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  workers_.clear();
  slots_.clear();
  make_worker_ = nullptr;
}

}  // namespace headway
