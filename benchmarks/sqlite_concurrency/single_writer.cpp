#include <deque>
#include <stdexcept>

#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/sqlite_concurrency/single_writer.hpp>
#include <caf/all.hpp>

#include <actors/engine.hpp>

namespace headway::sqlite_concurrency {

namespace {

/// Keeps the window full until it is told to stop, then waits for the rest.
template <class Write>
std::vector<double> submit(caf::actor_system& system, const database_writer_actor& store,
                           std::size_t outstanding, const std::atomic<bool>& go_on,
                           const Write& next) {
  caf::scoped_actor self{system};
  using response = decltype(self->request(store, caf::infinite, next()));
  struct submission {
    response answer;
    std::chrono::steady_clock::time_point begun;
  };
  std::deque<submission> window;
  std::vector<double> waits;
  const auto await_oldest = [&] {
    auto oldest = std::move(window.front());
    window.pop_front();
    oldest.answer.receive([](caf::ok_atom) {}, [](const caf::error& error) { must(error); });
    waits.push_back(measure::in_seconds(std::chrono::steady_clock::now() - oldest.begun) * 1e3);
  };
  while (go_on) {
    while (window.size() < outstanding) {
      const auto begun = std::chrono::steady_clock::now();
      window.push_back({self->request(store, caf::infinite, next()), begun});
    }
    await_oldest();
  }
  while (!window.empty())
    await_oldest();
  return waits;
}

caf::actor_system_config& configured(caf::actor_system_config& config) {
  engine::configure(config);
  return config;
}

engine_config settings(const std::string& directory) {
  engine_config config;
  config.database.directory = directory;
  config.fetch.background = fetch_config::background_mode::off;
  return config;
}

}  // namespace

struct single_writer::impl {
  explicit impl(const std::string& directory) : node(settings(directory), system) {
    must(node.start());
  }
  ~impl() { node.stop(); }

  caf::actor_system_config config;
  caf::actor_system system{configured(config)};
  engine node;
  std::atomic<std::uint64_t> version{1};
};

single_writer::single_writer(const std::string& directory, std::size_t projects)
    : impl_(std::make_unique<impl>(directory)) {
  caf::scoped_actor self{impl_->system};
  const auto store = impl_->node.handles().store;
  const auto fail = [](const caf::error& error) { must(error); };
  for (std::size_t i = 0; i < projects; ++i) {
    self->request(store, caf::infinite, move_of(i, 0)).receive([](caf::ok_atom) {}, fail);
    self->request(store, caf::infinite, document(i, 0)).receive([](caf::ok_atom) {}, fail);
  }
}

single_writer::~single_writer() = default;

tally single_writer::write(kind what, std::size_t projects, std::size_t submitters,
                           std::size_t outstanding, std::chrono::milliseconds time) {
  return run_threads(submitters, time, [&](std::size_t number, const std::atomic<bool>& go_on) {
    const auto store = impl_->node.handles().store;
    project_choice choice{projects, number + 1};
    if (what == kind::documents)
      return submit(impl_->system, store, outstanding, go_on,
                    [&] { return document(choice.next(), impl_->version++); });
    return submit(impl_->system, store, outstanding, go_on,
                  [&] { return move_of(choice.next(), impl_->version++); });
  });
}

}  // namespace headway::sqlite_concurrency
