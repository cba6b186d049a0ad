#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>

#include <benchmarks/measure/summary.hpp>
#include <benchmarks/storm/storm_node.hpp>

#include <messages/error.hpp>
#include <tools/load/child.hpp>
#include <tools/load/crowd.hpp>

namespace headway::storm {

namespace {

using std::chrono::duration_cast;
using std::chrono::steady_clock;

constexpr auto between_looks = load::milliseconds{250};
constexpr auto between_questions = load::milliseconds{50};
constexpr auto patience = std::chrono::minutes{3};
/// People stay until they are sent home.
constexpr auto no_end = std::chrono::minutes{10};
constexpr std::size_t branches_of_a_push = 3;
constexpr const char* fetches_that_brought = "headway_fetches_total{outcome=\"updated\"}";

load::microseconds since(steady_clock::time_point begin) {
  return duration_cast<load::microseconds>(steady_clock::now() - begin);
}

double in_seconds(load::microseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

volatile std::sig_atomic_t is_interrupted = 0;

/// So that a benchmark that somebody stops takes down what it has started.
void heed_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    std::signal(number, [](int) { is_interrupted = 1; });
}

void check_interruption() {
  if (is_interrupted != 0)
    throw std::runtime_error("interrupted");
}

load::tell_progress interruptible(const load::tell_progress& tell) {
  heed_signals();
  return [&tell](std::string_view what, std::size_t done, std::size_t all) {
    check_interruption();
    tell(what, done, all);
  };
}

load::scenario only_in_storms(load::scenario plan) {
  plan.storm_only = true;
  return plan;
}

load::event_plan storm_itself() {
  return {.what = load::event_kind::storm, .name = "storm"};
}

}  // namespace

std::vector<double> chronicle::latencies(double from, double until) const {
  return load::latencies(answers, load::request_kind::status, [&](load::microseconds at) {
    return in_seconds(at) >= from && in_seconds(at) < until;
  });
}

double chronicle::cpu_mean() const {
  std::vector<double> all;
  for (const auto& look : looks)
    all.push_back(look.cpu_percent);
  return measure::summarize(all).mean;
}

double chronicle::cpu_peak() const {
  // The kernel counts a child's time when it has ended: in less than a second it would be more than
  // all processors have.
  constexpr std::size_t looks_of_a_second = 4;
  double peak = 0;
  for (std::size_t i = 0; i + looks_of_a_second <= looks.size(); ++i) {
    double sum = 0;
    for (std::size_t j = i; j < i + looks_of_a_second; ++j)
      sum += looks[j].cpu_percent;
    peak = std::max(peak, sum / looks_of_a_second);
  }
  return peak;
}

double chronicle::wait_mean() const {
  std::vector<double> all;
  for (const auto& look : looks)
    all.push_back(look.wait_percent);
  return measure::summarize(all).mean;
}

void push(const load::project_fixture& project, std::size_t payload, std::mt19937_64& random) {
  std::string bytes(payload, '\0');
  std::string stream;
  for (std::size_t i = 0; i < std::min(branches_of_a_push, project.branches.size()); ++i) {
    for (auto& byte : bytes)
      byte = static_cast<char>(random());
    const auto& branch = project.branches[i];
    stream += "commit refs/heads/" + branch +
              "\ncommitter Load <load@example.org> now\ndata 4\npush\nfrom refs/heads/" + branch +
              "^0\nM 644 inline payload\ndata " + std::to_string(bytes.size()) + "\n" + bytes +
              "\n";
  }
  load::output_of({"git", "-C", project.bare.string(), "fast-import", "--quiet", "--force",
                   "--date-format=now"},
                  stream);
}

/// People who ask on a thread of their own until they are sent home.
class storm_node::guests {
 public:
  guests(const load::scenario& plan, std::uint64_t seed, load::milliseconds length,
         const load::stage& place, steady_clock::time_point begin)
      : plan_(plan) {
    plan_.seed = seed;
    plan_.duration = length;
    agenda_ = load::make_agenda(plan_);
    crowd_ =
        std::make_unique<load::crowd>(plan_, agenda_, place.ids(), place.spare_paths(),
                                      load::crowd::place{place.node_address(), place.node_port()});
    thread_ = std::thread{[this, begin] { crowd_->run(begin); }};
  }
  ~guests() {
    crowd_->stop();
    if (thread_.joinable())
      thread_.join();
  }
  guests(const guests&) = delete;
  guests& operator=(const guests&) = delete;

  /// When their time is over.
  std::vector<load::sample> await() {
    thread_.join();
    return take();
  }
  std::vector<load::sample> send_home() {
    crowd_->stop();
    return await();
  }

 private:
  std::vector<load::sample> take() const {
    const auto lost =
        load::count_of(crowd_->results().samples, load::outcome::failed, [](auto) { return true; });
    if (lost > 0)
      throw std::runtime_error(std::to_string(lost) + " requests failed");
    return crowd_->results().samples;
  }

  load::scenario plan_;
  load::agenda agenda_;
  std::unique_ptr<load::crowd> crowd_;
  std::thread thread_;
};

/// Carries events out when they are due; undoes at the end what is not undone yet.
class storm_node::timeline {
 public:
  timeline(load::stage& place, const std::vector<load::event_plan>& events) : place_{place} {
    for (const auto& event : events) {
      steps_.push_back({event.at, &event, load::event_phase::begin});
      steps_.push_back({event.at + event.lasts.value(), &event, load::event_phase::end});
    }
    std::ranges::stable_sort(steps_, {}, &step::at);
  }
  ~timeline() {
    for (const auto* event : open_)
      place_.end(*event);
  }
  timeline(const timeline&) = delete;
  timeline& operator=(const timeline&) = delete;

  void come_to(load::microseconds now) {
    for (; next_ < steps_.size() && steps_[next_].at <= now; ++next_) {
      const auto& [at, event, phase] = steps_[next_];
      if (phase == load::event_phase::begin) {
        place_.begin(*event);
        open_.push_back(event);
      } else {
        place_.end(*event);
        std::erase(open_, event);
      }
    }
  }

 private:
  struct step {
    load::milliseconds at;
    const load::event_plan* event;
    load::event_phase phase;
  };
  load::stage& place_;
  std::vector<step> steps_;
  std::size_t next_ = 0;
  std::vector<const load::event_plan*> open_;
};

storm_node::storm_node(load::scenario plan, std::size_t payload, const load::stage_options& options,
                       const load::tell_progress& tell)
    : plan_{only_in_storms(std::move(plan))},
      payload_{payload},
      place_{plan_, options, interruptible(tell)} {
  network_ = std::thread{[this] { place_.proxy().run(); }};
  try {
    place_.open(interruptible(tell));
    auto client = tools::http_client::connect_to("http://" + place_.node_address() + ":" +
                                                 std::to_string(place_.node_port()));
    if (!client)
      throw std::runtime_error(describe(client.error()));
    client_ = std::make_unique<tools::http_client>(std::move(*client));
  } catch (...) {
    place_.proxy().stop();
    network_.join();
    throw;
  }
}

storm_node::~storm_node() {
  place_.close();
  place_.proxy().stop();
  network_.join();
}

chronicle storm_node::quiet(load::milliseconds length) {
  chronicle result;
  begin_watch();
  guests people{plan_, ++plays_, length, place_, begun_};
  while (since(begun_) < length) {
    check_interruption();
    look(result);
    std::this_thread::sleep_for(between_looks);
  }
  result.seconds = in_seconds(length);
  result.answers = people.await();
  return result;
}

chronicle storm_node::storm(people who, const std::vector<load::event_plan>& events) {
  push_to_all();
  const auto before = fetched();
  const auto wanted = static_cast<double>(place_.ids().size());
  chronicle result;
  begin_watch();
  std::unique_ptr<guests> askers;
  if (who == people::ask)
    askers = std::make_unique<guests>(plan_, ++plays_, patience, place_, begun_);
  {
    timeline course{place_, events};
    place_.begin(storm_itself());
    load::microseconds next_look{0};
    for (auto done = 0.0; done < wanted;) {
      check_interruption();
      if (since(begun_) > patience)
        throw std::runtime_error("only " + std::to_string(static_cast<int>(done)) +
                                 " projects were fetched in three minutes");
      course.come_to(since(begun_));
      done = fetched() - before;
      result.seconds = in_seconds(since(begun_));
      if (since(begun_) >= next_look) {
        look(result);
        result.fetched.push_back(done);
        // Not one right after the other when one was late: the clock of processes is too coarse.
        next_look = since(begun_) + between_looks;
      }
      std::this_thread::sleep_for(between_questions);
    }
  }
  if (askers)
    result.answers = askers->send_home();
  place_.end(storm_itself());
  await_rest();
  return result;
}

double storm_node::beside(const std::function<void()>& what) {
  const auto before = fetched();
  guests askers{plan_, ++plays_, no_end, place_, steady_clock::now()};
  place_.begin(storm_itself());
  what();
  const auto brought = fetched() - before;
  askers.send_home();
  place_.end(storm_itself());
  await_rest();
  return brought;
}

void storm_node::without(const std::function<void()>& what) {
  const auto node = place_.node_pid();
  ::kill(node, SIGSTOP);
  try {
    what();
  } catch (...) {
    ::kill(node, SIGCONT);
    throw;
  }
  ::kill(node, SIGCONT);
}

load::inspection storm_node::end(const load::tell_progress& tell) {
  client_.reset();
  return place_.inspect(tell);
}

void storm_node::push_to_all() {
  for (const auto& project : place_.projects())
    push(project, payload_, random_);
}

double storm_node::fetched() {
  const auto answer = client_->perform(tools::http_call{.target = "/metrics"});
  if (!answer || answer->status != 200)
    throw std::runtime_error("the node does not tell its metrics");
  return load::parse_metrics(answer->body)[fetches_that_brought];
}

/// Until nothing is looked at or fetched any more.
void storm_node::await_rest() {
  for (const auto end = steady_clock::now() + patience; steady_clock::now() < end;) {
    const auto sample = place_.observe(since(opened_));
    if (sample.probes.waiting + sample.probes.running + sample.transfers.waiting +
            sample.transfers.running ==
        0)
      return;
    std::this_thread::sleep_for(between_questions);
  }
  throw std::runtime_error("the node goes on fetching though background fetches are off");
}

/// What a look tells is of the time since the one before.
void storm_node::begin_watch() {
  place_.observe(since(opened_));
  begun_ = steady_clock::now();
}

void storm_node::look(chronicle& to) {
  auto sample = place_.observe(since(opened_));
  sample.at = since(begun_);
  to.looks.push_back(std::move(sample));
}

}  // namespace headway::storm
