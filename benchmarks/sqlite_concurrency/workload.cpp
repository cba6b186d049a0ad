#include <stdexcept>
#include <thread>

#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/sqlite_concurrency/workload.hpp>

#include <messages/error.hpp>
#include <storage/db/store.hpp>

namespace headway::sqlite_concurrency {

void must(const caf::error& error) {
  if (error)
    throw std::runtime_error(describe(error));
}

std::string slug_of(std::size_t project) {
  return "project-" + std::to_string(project);
}

put_status document(std::size_t project, std::uint64_t version) {
  auto status = std::make_shared<sync_status>();
  status->project.slug = slug_of(project);
  status->state = project_state::fresh;
  status->as_of = wall_time{std::chrono::milliseconds{1'700'000'000'000 + version}};
  status->branches.reserve(branches_each);
  for (std::size_t i = 0; i < branches_each; ++i) {
    branch_status branch;
    branch.name = "feature/some-topic-" + std::to_string(i);
    branch.upstream = "origin/" + branch.name;
    branch.remote = "origin";
    branch.local_oid.emplace().bytes.fill(static_cast<std::uint8_t>(version));
    branch.remote_oid.emplace().bytes.fill(static_cast<std::uint8_t>(i));
    branch.ahead = version;
    branch.behind = i;
    branch.state = i == 0 ? branch_state::ahead : branch_state::diverged;
    status->branches.push_back(std::move(branch));
  }
  return {std::move(status)};
}

put_project move_of(std::size_t project, std::uint64_t version) {
  const auto slug = slug_of(project);
  return {{slug}, "/srv/" + slug + "/" + std::to_string(version)};
}

void fill(const std::string& directory, std::size_t projects) {
  const auto store = must(db::store::open({.directory = directory}));
  std::vector<db::write> batch;
  for (std::size_t i = 0; i < projects; ++i) {
    batch.push_back(move_of(i, 0));
    batch.push_back(document(i, 0));
    if (batch.size() >= 1'000 || i + 1 == projects) {
      must(store->apply(batch));
      batch.clear();
    }
  }
}

// Xorshift: the same order for every contender, at next to no cost.
std::size_t project_choice::next() {
  state_ ^= state_ << 13;
  state_ ^= state_ >> 7;
  state_ ^= state_ << 17;
  return static_cast<std::size_t>(state_ % projects_);
}

tally run_threads(
    std::size_t threads, std::chrono::milliseconds time,
    const std::function<std::vector<double>(std::size_t, const std::atomic<bool>& go_on)>& work) {
  std::atomic<bool> go_on{true};
  std::vector<std::vector<double>> waits(threads);
  std::vector<std::thread> all;
  const measure::stopwatch watch;
  for (std::size_t i = 0; i < threads; ++i)
    all.emplace_back([&, i] { waits[i] = work(i, go_on); });
  std::this_thread::sleep_for(time);
  go_on = false;
  for (auto& one : all)
    one.join();
  tally result;
  result.seconds = measure::in_seconds(watch.read().wall);
  for (auto& own : waits) {
    result.submissions += own.size();
    result.milliseconds.insert(result.milliseconds.end(), own.begin(), own.end());
  }
  return result;
}

}  // namespace headway::sqlite_concurrency
