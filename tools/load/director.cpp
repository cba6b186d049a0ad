#include <algorithm>

#include <tools/load/director.hpp>

namespace headway::load {

namespace {

using std::chrono::duration_cast;
using std::chrono::steady_clock;

constexpr milliseconds between_looks{500};

/// It lasts as long as it takes.
bool is_momentary(event_kind what) {
  return what == event_kind::kill_node || what == event_kind::kill_child ||
         what == event_kind::kill_server || what == event_kind::clock_step;
}

class director : public director_actor::base {
 public:
  director(caf::actor_config& config, crew with, play what)
      : director_actor::base(config), crew_(std::move(with)), play_(std::move(what)) {
    set_default_handler(caf::print_and_drop);
  }

  const char* name() const override { return "director"; }
  void on_exit() override { crew_ = {}; }

 protected:
  behavior_type make_behavior() override {
    begin();
    return {
        [this](cue_atom) { cue(); },
        [this](look_atom) { look(); },
    };
  }

 private:
  void begin() {
    begun_ = steady_clock::now();
    before_ = play_.place->proxy().traffic();
    request(crew_.users, caf::infinite,
            work{[people = play_.people, at = begun_] { people->run(at); }})
        .then([this](const work_done& how) { people_left(how); },
              [this](const caf::error&) { people_left({"the users were interrupted"}); });
    send(this, cue_atom::value);
    send(this, look_atom::value);
  }

  microseconds now() const { return duration_cast<microseconds>(steady_clock::now() - begun_); }

  void cue() {
    const auto& changes = play_.what->changes;
    const auto& events = play_.what->events;
    for (; change_ < changes.size() && changes[change_].at <= now(); ++change_)
      change(changes[change_]);
    for (; event_ < events.size() && events[event_].at <= now(); ++event_)
      happen(events[event_]);
    auto next = microseconds::max();
    if (change_ < changes.size())
      next = std::min(next, changes[change_].at);
    if (event_ < events.size())
      next = std::min(next, events[event_].at);
    if (next != microseconds::max())
      delayed_send(this, std::max(next - now(), microseconds{0}), cue_atom::value);
  }

  void change(const planned_change& what) {
    ++underway_;
    auto wrong = std::make_shared<std::vector<std::string>>();
    request(crew_.stagehand, caf::infinite,
            work{[place = play_.place, what, wrong] { *wrong = place->change(what); }})
        .then(
            [this, wrong, what](const work_done& how) {
              ++result_.changes_made;
              result_.spot_checks += what.kind == change_kind::commit ? 1 : 0;
              result_.wrong_at_once.insert(result_.wrong_at_once.end(), wrong->begin(),
                                           wrong->end());
              ended(how);
            },
            [this](const caf::error&) { ended({"a change was interrupted"}); });
  }

  void happen(const planned_event& planned) {
    const auto& event = play_.plan->events[planned.number];
    ++underway_;
    const bool begins = planned.phase == event_phase::begin;
    const auto index = begins ? result_.incidents.size() : open_incident(event.name);
    if (begins)
      result_.incidents.push_back({{now(), play_.plan->duration}, event.name, {}});
    auto note = std::make_shared<std::string>();
    request(crew_.keeper, caf::infinite, work{[place = play_.place, &event, begins, note] {
              *note = begins ? place->begin(event) : place->end(event);
            }})
        .then(
            [this, note, index, begins, &event](const work_done& how) {
              auto& incident = result_.incidents[index];
              incident.note += *note;
              if (!begins || is_momentary(event.what))
                incident.when.end = now();
              ended(how);
            },
            [this](const caf::error&) { ended({"an event was interrupted"}); });
  }

  std::size_t open_incident(const std::string& name) const {
    for (auto i = result_.incidents.size(); i > 0; --i)
      if (result_.incidents[i - 1].name == name)
        return i - 1;
    return 0;
  }

  void look() {
    if (people_gone_)
      return;
    ++underway_;
    auto sample = std::make_shared<node_sample>();
    std::shared_ptr<metric_values> totals;
    if (!counting_ && now() >= play_.plan->warm_up) {
      counting_ = true;
      totals = std::make_shared<metric_values>();
      result_.counted_from = now();
      before_ = play_.place->proxy().traffic();
    }
    request(crew_.observer, caf::infinite, work{[place = play_.place, at = now(), sample, totals] {
              *sample = place->observe(at);
              if (totals)
                *totals = place->metrics();
            }})
        .then(
            [this, sample, totals](const work_done& how) {
              result_.samples.push_back(*sample);
              if (totals)
                result_.metrics_before = std::move(*totals);
              delayed_send(this, between_looks, look_atom::value);
              ended(how);
            },
            [this](const caf::error&) { ended({"a look was interrupted"}); });
  }

  void people_left(const work_done& how) {
    people_gone_ = true;
    result_.length = now();
    complain(how);
    finish();
  }

  void ended(const work_done& how) {
    --underway_;
    complain(how);
    finish();
  }

  void complain(const work_done& how) {
    if (!how.error.empty())
      result_.troubles.push_back(how.error);
  }

  void finish() {
    if (!people_gone_ || underway_ > 0)
      return;
    result_.book = play_.people->results();
    result_.traffic = play_.place->proxy().traffic() - before_;
    play_.curtain(std::move(result_));
    quit();
  }

  crew crew_;
  play play_;
  steady_clock::time_point begun_;
  std::size_t change_ = 0;
  std::size_t event_ = 0;
  std::size_t underway_ = 0;
  bool people_gone_ = false;
  bool counting_ = false;  ///< The warm-up is over.
  proxy_traffic before_;
  performance result_;
};

}  // namespace

director_actor spawn_director(caf::actor_system& system, const crew& with, play what) {
  return system.spawn<director>(with, std::move(what));
}

}  // namespace headway::load
