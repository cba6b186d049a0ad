#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include <benchmarks/noop_sweep/ours.hpp>
#include <unistd.h>

#include <storage/remote/http_prober.hpp>

namespace headway::noop_sweep {

namespace {

constexpr auto patience = std::chrono::minutes{5};

// The engine looks at a remote that is said to have moved this long after the last look.
constexpr auto pause_of_hints = std::chrono::milliseconds{5'100};

engine_config settings() {
  engine_config config;
  // Nothing is due but what is made so.
  config.fetch.min_interval = std::chrono::hours{3};
  config.fetch.queue_limit = 1'000'000;
  config.fetch.allowed_schemes = known_schemes;
  config.fetch.trusted_repositories = {"/"};  // core.sshCommand has the key of the test.
  return config;
}

/// Counts reports that are awaited, and keeps the first complaint.
class gathering {
 public:
  void take(const caf::expected<fetch_report_ptr>& report) {
    const std::lock_guard guard{mutex_};
    ++taken_;
    if (!report)
      complain(describe(report.error()));
    else
      for (const auto& remote : (*report)->remotes)
        if (remote.outcome != fetch_outcome::unchanged)
          complain(remote.error.empty() ? "something has moved" : remote.error);
    arrived_.notify_all();
  }

  void wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    if (!arrived_.wait_for(lock, patience, [&] { return taken_ == count; }))
      complain("the sweep did not end");
    if (!complaint_.empty())
      throw std::runtime_error(complaint_);
  }

 private:
  void complain(std::string what) {
    if (complaint_.empty())
      complaint_ = std::move(what);
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::size_t taken_ = 0;
  std::string complaint_;
};

}  // namespace

/// Hears of the documents of all projects.
class engine_sweep::documents {
 public:
  void await(wall_time since) {
    const std::lock_guard guard{mutex_};
    since_ = since;
    fresh_.clear();
  }

  void take(const sync_status& document) {
    const std::lock_guard guard{mutex_};
    for (const auto& remote : document.remotes) {
      if (remote.outcome != fetch_outcome::unchanged && complaint_.empty())
        complaint_ = remote.error.empty() ? "something has moved" : remote.error;
      if (remote.last_fetch && *remote.last_fetch >= since_)
        fresh_.insert(document.project.slug);
    }
    arrived_.notify_all();
  }

  void wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    if (!arrived_.wait_for(lock, patience, [&] { return fresh_.size() == count; }))
      throw std::runtime_error("the sweep did not end");
    if (!complaint_.empty())
      throw std::runtime_error(complaint_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  wall_time since_{};
  std::set<std::string> fresh_;
  std::string complaint_;
};

engine_sweep::engine_sweep(const std::vector<std::filesystem::path>& clones,
                           std::vector<std::string> urls)
    : urls_{std::move(urls)}, told_{std::make_shared<documents>()}, engine_{settings()} {
  if (const auto error = engine_.start())
    throw std::runtime_error(describe(error));
  for (const auto& clone : clones) {
    auto added = engine_.add(clone.string());
    if (!added)
      throw std::runtime_error(describe(added.error()));
    projects_.push_back(added->id);
  }
  // A project that has been read has told the scheduler what it tracks.
  for (const auto& project : projects_)
    if (const auto answer = engine_.sync_status(project); !answer)
      throw std::runtime_error(describe(answer.error()));
}

measure::elapsed engine_sweep::sweep() {
  std::this_thread::sleep_until(begun_ + pause_of_hints);
  if (!follows_)
    follows_ = engine_.subscribe(
        [told = told_](const sync_status_ptr& document) { told->take(*document); });
  told_->await(std::chrono::system_clock::now());
  begun_ = std::chrono::steady_clock::now();
  const measure::stopwatch watch;
  for (const auto& url : urls_)
    engine_.hint(url);
  told_->wait_for(projects_.size());
  return watch.read();
}

measure::elapsed engine_sweep::sweep_by_request() {
  follows_ = nullptr;
  const measure::stopwatch watch;
  auto all = std::make_shared<gathering>();
  for (const auto& project : projects_)
    engine_.async_fetch(project, [this, all](const caf::expected<fetch_report_ptr>& begun) {
      if (!begun)
        return all->take(begun);
      engine_.async_fetch_result(
          (*begun)->id, patience,
          [all](const caf::expected<fetch_report_ptr>& ended) { all->take(ended); });
    });
  all->wait_for(projects_.size());
  begun_ = std::chrono::steady_clock::now();
  return watch.read();
}

std::uint64_t bytes_of_a_warm_probe(const std::string& url, const std::string& ca_file,
                                    std::size_t branches) {
  remote::http_prober prober;
  remote::http_result last;
  for (int round = 0; round < 2; ++round) {
    remote::http_probe what;
    what.url = url;
    what.options.ca_file = ca_file;
    what.refs = {"refs/heads/main"};
    for (std::size_t i = 1; i < branches; ++i)
      what.refs.push_back("refs/heads/topic-" + std::to_string(i));
    std::promise<remote::http_result> answer;
    prober.submit(std::move(what),
                  [&](remote::http_result result) { answer.set_value(std::move(result)); });
    last = answer.get_future().get();
    if (last.how != remote::http_result::ending::answered)
      throw std::runtime_error(last.error);
  }
  return last.traffic.sent + last.traffic.received;
}

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace headway::noop_sweep
