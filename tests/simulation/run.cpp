#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include <tests/simulation/people.hpp>
#include <tests/simulation/run.hpp>
#include <tests/storage/db/faulty_disk.hpp>

#include <storage/db/care.hpp>

namespace headway::simulation {

namespace {

using namespace std::chrono_literals;
using db::test::disk_call;
using db::test::fault_length;

engine_config settings_of(dice& chance) {
  engine_config result;
  auto& fetch = result.fetch;
  fetch.min_interval = milliseconds{5'000} * (1 + 3 * std::int64_t(chance.below(4)));
  fetch.max_interval = fetch.min_interval * std::int64_t(1 + chance.below(3));
  fetch.max_concurrent = 1 + chance.below(3);
  fetch.max_per_host = 1 + chance.below(3);
  fetch.max_probes = chance.one_in(2) ? 128 : 1 + chance.below(4);
  fetch.max_probes_per_host = chance.one_in(2) ? 32 : 1 + chance.below(2);
  fetch.deadline = 30s;
  fetch.max_deadline = 2min;
  fetch.backoff = 2s;
  fetch.max_backoff = 1min;
  if (chance.one_in(6))
    fetch.queue_limit = 3 + chance.below(4);
  result.pool.workers = 1 + chance.below(3);
  result.graph.workers = 1 + chance.below(2);
  result.database.cache_size = 1 << 20;
  if (chance.one_in(6))
    result.graph.memory_budget = 4'096;
  return result;
}

/// Where a bad disk can be felt: everywhere but in taking the lock of the data directory.
constexpr disk_call calls[] = {disk_call::read, disk_call::write, disk_call::sync,
                               disk_call::lock, disk_call::space, disk_call::busy};

class run {
 public:
  run(std::uint64_t seed, std::string directory, journal::verbosity how)
      : chance_(seed),
        world_(seed, chance_),
        trace_(how, world_),
        settings_(settings_of(chance_)),
        eyes_(world_, settings_, trace_),
        people_(world_, eyes_, trace_) {
    settings_.database.directory = std::move(directory);
    settings_.fetch.track = world_.patterns;
    eyes_.follows = [this](const std::string& store) { return people_.follows(store); };
    eyes_.is_suspended = [this](const std::string& path) { return people_.is_suspended(path); };
    world_.moved = [this](const std::string& common_dir, const std::string& ref) {
      eyes_.ref_moved(common_dir, ref);
      if (node_ && ref != graft_name)
        node_->ref_moved(common_dir);
    };
  }

  outcome go() {
    std::filesystem::remove_all(settings_.database.directory);
    tell_plan();
    begin_life();
    let_go_wrong();
    if (well())
      come_right();
    end_life();
    return {.complaint = eyes_.complaint(),
            .messages = messages_,
            .documents = eyes_.documents(),
            .probes = eyes_.probes(),
            .fetches = eyes_.fetches(),
            .questions = people_.questions(),
            .lives = lives_,
            .simulated = world_.now(),
            .fingerprint = chance_.fingerprint() ^ messages_};
  }

 private:
  bool well() const { return eyes_.complaint().empty(); }

  void tell_plan() {
    for (std::size_t i = 0; i < faults; ++i)
      if (world_.ever(fault(i)))
        trace_("plan", to_string(fault(i)));
  }

  /// What the engine starts with: the store and what is in it.
  struct opened_store {
    std::shared_ptr<db::store> store;
    stored_state state;
  };

  caf::expected<opened_store> try_to_open_store() {
    auto opened = db::store::open({settings_.database.directory, settings_.database.cache_size});
    if (!opened)
      return std::move(opened.error());
    auto state = (*opened)->load();
    if (!state)
      return std::move(state.error());
    return opened_store{std::move(*opened), std::move(*state)};
  }

  // As the engine does it; what it cannot rescue, a person does.
  opened_store open_store() {
    disk_.mend();
    auto opened = try_to_open_store();
    const bool is_damaged = before_damage_ && !opened && code_of(opened.error()) == ec::corrupt;
    if (is_damaged) {
      trace_("disk", "is damaged: " + describe(opened.error()));
      if (const auto saved = db::rescue(settings_.database.directory, world_.wall()); !saved) {
        if (code_of(saved.error()) != ec::corrupt)
          eyes_.complain("the store is not rescued: " + describe(saved.error()));
        write_database(*before_damage_);
      }
      opened = try_to_open_store();
    }
    before_damage_.reset();
    if (!opened) {
      eyes_.complain("the store does not open: " + describe(opened.error()));
      return {};
    }
    people_.check_promises(opened->state, is_damaged ? people::loss::possible : people::loss::none);
    return std::move(*opened);
  }

  std::string database() const { return settings_.database.directory + "/headway.db"; }

  /// What lies on the disk between two lives.
  struct database_files {
    std::string pages;
    std::string log;  ///< Write-ahead; changes that are nowhere else yet.
  };

  static std::string content_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  void write_database(const database_files& files) const {
    std::ofstream{database(), std::ios::binary} << files.pages;
    std::ofstream{database() + "-wal", std::ios::binary} << files.log;
    std::filesystem::remove(database() + "-shm");
  }

  /// A page of the database is lost.
  void damage_database() {
    auto files = database_files{content_of(database()), content_of(database() + "-wal")};
    constexpr std::size_t page = 4'096;
    if (files.pages.size() < page)
      return;
    before_damage_ = files;
    const auto at = page * chance_.below(files.pages.size() / page);
    files.pages.replace(at, page, page, '\0');
    write_database(files);
    trace_("disk", "loses page " + std::to_string(at / page + 1) + " of the database");
  }

  void begin_life() {
    ++lives_;
    auto opened = open_store();
    if (!opened.store)
      return;
    node_ = std::make_unique<node>(world_, eyes_, trace_, settings_, std::move(opened.store),
                                   opened.state.last_fetch);
    people_.set_node(node_.get());
  }

  void end_life() {
    node_.reset();
    people_.set_node(nullptr);
    people_.forget_fetches();
    people_.check_answers(moment::max());
  }

  /// One message or one timer; nothing happens after `until`.
  void advance(moment until) {
    const bool waits = !world_.has(fault::slow_machine) || !chance_.one_in(60);
    if (waits && node_->step()) {
      ++messages_;
      node_->check_shown();
      return;
    }
    if (node_->next_timer() > until) {
      node_->wait_until(until);
    } else {
      node_->fire_timer();
      node_->check_shown();
      people_.check_answers(world_.now());
      eyes_.check_punctual();
      // A registry that is started again has no projects before it can read them.
      if (disk_fails_until_ && world_.ever(fault::dying_parts))
        eyes_.shaken();
      eyes_.check_told();
    }
  }

  void pass_time(moment until) {
    while (well() && node_ && world_.now() < until)
      advance(until);
    // What was due at that moment is done before anything else happens.
    if (!world_.has(fault::slow_machine))
      while (well() && node_ && node_->step())
        ++messages_;
  }

  void let_go_wrong() {
    const auto end = world_.now() + chance_.between(2min, 8min);
    for (auto more = 1 + chance_.below(world_.clones.size()); more > 0 && node_; --more)
      people_.add(chance_.pick(world_.clones).path);
    while (well() && world_.now() < end) {
      pass_time(world_.now() + chance_.between(0ms, 4s));
      if (disk_fails_until_ && world_.now() > *disk_fails_until_)
        mend_disk();
      if (chance_.percent(55))
        trace_("world", world_.happen());
      else if (chance_.percent(75))
        people_.act();
      else
        shake();
    }
  }

  void mend_disk() {
    disk_.mend();
    disk_fails_until_.reset();
    trace_("disk", "is well");
  }

  /// Something happens to the engine itself.
  void shake() {
    switch (chance_.below(5)) {
      case 0:
        if (world_.has(fault::dying_parts))
          trace_("kill", node_->kill_a_part());
        return;
      case 1:
        if (world_.has(fault::crashes))
          restart();
        return;
      case 2:
        if (world_.has(fault::wall_jumps))
          jump(chance_.one_in(2) ? 24h : -24h);
        return;
      case 3:
        if (world_.has(fault::suspends))
          jump(chance_.between(1min, 12h));
        return;
      default:
        if (world_.has(fault::bad_disk))
          fail_disk();
    }
  }

  void jump(milliseconds by) {
    trace_("wall", "the clock jumps by " + std::to_string(by.count() / 1000) + " s");
    world_.shift_wall(by);
    eyes_.wall_jumped();
  }

  void fail_disk() {
    const auto call = calls[chance_.below(std::size(calls))];
    const auto length = chance_.one_in(2) ? fault_length::once : fault_length::forever;
    disk_.fail(call, 1 + chance_.below(20), length);
    disk_fails_until_ = world_.now() + chance_.between(1s, 60s);
    trace_("disk", "fails");
    if (chance_.one_in(2))
      people_.change_the_list();
  }

  void restart() {
    trace_("node", "dies");
    // What was gathered and not committed is lost, as when a process ends.
    disk_.fail(disk_call::write, 1, fault_length::forever);
    eyes_.shaken();
    end_life();
    eyes_.scheduler_ended();
    disk_fails_until_.reset();
    if (world_.has(fault::damaged_database))
      damage_database();
    begin_life();
  }

  void come_right() {
    trace_("world", "is well from now on");
    mend_disk();
    world_.calm();
    const auto& fetch = settings_.fetch;
    const auto interval = fetch.max_interval * (100 + fetch.jitter_percent) / 100;
    // Whatever began before may go wrong until here.
    pass_time(world_.now() + fetch.max_deadline + fetch.kill_grace + 30s);
    const bool helped = chance_.one_in(2);
    people_help(helped ? help::with_all : help::with_logins);
    // A project that could not be read is looked at again within five minutes, and may say only
    // then that a login is wanted.
    pass_time(world_.now() + 6min);
    people_help(help::with_logins);
    // Without help a host that was ill is tried again after a quarter of an hour.
    pass_time(world_.now() + 2 * interval + (helped ? milliseconds{1min} : milliseconds{14min}));
    people_.ask_for_ends();
    ask_truth();
    stop();
  }

  enum class help : std::uint8_t { with_logins, with_all };

  void people_help(help how) {
    for (const auto& [slug, path] : people_.projects()) {
      if (how == help::with_logins && !eyes_.wants_login(slug))
        continue;
      people_.ask_fetch({slug});
      // One after the other, so that nobody is told that too many wait.
      pass_time(world_.now() + 5s);
    }
  }

  void ask_truth() {
    for (const auto& [slug, path] : people_.projects())
      eyes_.is_true_now_unasked(slug);
    for (const auto& [slug, path] : people_.projects()) {
      people_.ask_truth({slug});
      pass_time(world_.now() + 5s);
      if (!well())
        return;
    }
  }

  void stop() {
    if (!well())
      return;
    node_->stop();
    const auto limit = world_.now() + settings_.stop_deadline;
    while (well() && !node_->has_stopped() && world_.now() < limit)
      advance(limit);
    if (well() && !node_->has_stopped())
      eyes_.complain("the engine does not stop");
    end_life();
    if (!well())
      return;
    open_store();
  }

  dice chance_;
  world world_;
  journal trace_;
  engine_config settings_;
  witness eyes_;
  people people_;
  db::test::faulty_disk disk_;
  std::optional<moment> disk_fails_until_;
  std::optional<database_files> before_damage_;  ///< What was in the database.
  std::unique_ptr<node> node_;
  std::uint64_t messages_ = 0;
  std::uint64_t lives_ = 0;
};

}  // namespace

outcome run_seed(std::uint64_t seed, const std::string& directory, journal::verbosity trace) {
  return run{seed, directory, trace}.go();
}

}  // namespace headway::simulation
