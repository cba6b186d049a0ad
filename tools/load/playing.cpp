#include <algorithm>
#include <cstdio>
#include <future>
#include <stdexcept>

#include <tools/load/director.hpp>
#include <tools/load/playing.hpp>
#include <tools/terminal/progress.hpp>

namespace headway::load {

namespace {

/// Thrown through whatever blocks when somebody wants to go home.
struct interrupted {};

caf::actor_system_config& configured(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", 1);
  return config;
}

std::string line_of(const scenario& plan, microseconds at, const live_figures& live) {
  char text[160];
  std::snprintf(
      text, sizeof text, "%s %.0f/%.0f s: %llu requests, p99 %.1f ms, %llu errors, %llu lost",
      plan.name.c_str(), static_cast<double>(at.count()) / 1e6,
      static_cast<double>(plan.duration.count()) / 1e3, static_cast<unsigned long long>(live.asked),
      live.p99_ms, static_cast<unsigned long long>(live.failed),
      static_cast<unsigned long long>(live.unanswered));
  return text;
}

/// Workers with the proxy running on one of them; everybody is sent home in the end.
class company {
 public:
  explicit company(fault_proxy& proxy) : proxy_{proxy}, members_{spawn_crew(system_)} {
    caf::anon_send(members_.network, work{[&proxy] { proxy.run(); }});
  }
  ~company() {
    proxy_.stop();
    dismiss(members_);
  }
  company(const company&) = delete;
  company& operator=(const company&) = delete;

  caf::actor_system& system() { return system_; }
  const crew& members() const { return members_; }

 private:
  fault_proxy& proxy_;
  caf::actor_system_config config_;
  caf::actor_system system_{configured(config_)};
  crew members_;
};

bool judges(const scenario& plan, measure_kind what) {
  return std::ranges::any_of(plan.judgements,
                             [&](const judgement& asked) { return asked.of.what == what; });
}

performance play_run(const scenario& plan, const agenda& what, stage& place, company& all,
                     const run_watch& watch) {
  crowd people{
      plan, what, place.ids(), place.spare_paths(), {place.node_address(), place.node_port()}};
  auto over = std::make_shared<std::promise<performance>>();
  auto seen = over->get_future();
  const auto begun = std::chrono::steady_clock::now();
  spawn_director(all.system(), all.members(),
                 {&plan, &what, &place, &people,
                  [over](performance result) { over->set_value(std::move(result)); }});
  bool stopped = false;
  while (seen.wait_for(milliseconds{200}) != std::future_status::ready) {
    const auto at =
        std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begun);
    if (!stopped && !watch(line_of(plan, at, people.live()))) {
      people.stop();
      stopped = true;
    }
  }
  auto result = seen.get();
  result.interrupted = stopped;
  return result;
}

}  // namespace

void perform(const scenario& plan, const stage_options& options, const run_watch& watch,
             const told_run& told) {
  const tell_progress tell = [&](std::string_view what, std::size_t done, std::size_t count) {
    if (!watch(terminal::counted(what, done, count)))
      throw interrupted{};
  };
  try {
    const auto what = make_agenda(plan);
    stage place{plan, options, tell};
    company all{place.proxy()};
    place.open(tell);
    auto seen = play_run(plan, what, place, all, watch);
    // A node that was killed has counted from nothing since.
    const bool counts_anew = std::ranges::any_of(
        plan.events, [](const event_plan& event) { return event.what == event_kind::kill_node; });
    if (counts_anew)
      seen.metrics_before.clear();
    seen.metrics_after = place.metrics();
    if (!seen.interrupted)
      seen.end = place.verify(seen.book, tell);
    seen.restarts = place.restarts();
    if (!seen.interrupted && judges(plan, measure_kind::debris))
      seen.left = place.inspect(tell);
    for (auto& trouble : place.close())
      seen.troubles.push_back(std::move(trouble));
    told(seen);
  } catch (const interrupted&) {
    performance nothing;
    nothing.interrupted = true;
    told(nothing);
  }
}

}  // namespace headway::load
