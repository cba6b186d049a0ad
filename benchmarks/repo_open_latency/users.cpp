#include <atomic>
#include <latch>
#include <thread>

#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/repo_open_latency/users.hpp>

namespace headway::repo_open_latency {

namespace {

using std::chrono::steady_clock;

double milliseconds_of(const opening& open) {
  const auto begun = steady_clock::now();
  open();
  return measure::in_seconds(steady_clock::now() - begun) * 1e3;
}

template <class Work>
std::vector<double> all_at_once(std::size_t users, const make_opening& make, const Work& work) {
  std::vector<std::vector<double>> waits(users);
  std::latch together{static_cast<std::ptrdiff_t>(users)};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < users; ++i)
    threads.emplace_back([&, i] {
      const auto open = make();
      together.arrive_and_wait();
      waits[i] = work(open);
    });
  for (auto& one : threads)
    one.join();
  std::vector<double> all;
  for (const auto& own : waits)
    all.insert(all.end(), own.begin(), own.end());
  return all;
}

}  // namespace

std::vector<double> open_for(std::size_t users, std::chrono::milliseconds time,
                             const make_opening& make) {
  const auto end = steady_clock::now() + time;
  return all_at_once(users, make, [&](const opening& open) {
    std::vector<double> waits;
    do
      waits.push_back(milliseconds_of(open));
    while (steady_clock::now() < end);
    return waits;
  });
}

std::vector<double> open_once(std::size_t users, const make_opening& make) {
  return all_at_once(
      users, make, [](const opening& open) { return std::vector<double>{milliseconds_of(open)}; });
}

}  // namespace headway::repo_open_latency
