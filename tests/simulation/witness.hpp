/// Sees everything that the engine does and says, compares it with what is true, and complains.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tests/simulation/journal.hpp>
#include <tests/simulation/world.hpp>

#include <actors/fetch/fetch_queue.hpp>
#include <actors/project/status_board.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace headway::simulation {

/// Whether a project that is registered and not suspended follows a remote.
enum class following : std::uint8_t { nobody, perhaps, somebody };

class witness {
 public:
  witness(world& of, const engine_config& settings, journal& trace)
      : world_(of), settings_(settings), trace_(trace) {}

  /// The first complaint; empty while all is well.
  const std::string& complaint() const { return complaint_; }
  void complain(const std::string& what);

  // From the parts that stand in for the world. `asker` is the scheduler that asks.

  void probe_began(std::uint64_t asker, std::uint64_t probe, const probe_job& job);
  /// `looked`: when the remote was asked. Reports in the order of the targets.
  void probe_ended(std::uint64_t probe, moment looked, const std::vector<probe_report>& reports);
  void probe_lost(std::uint64_t probe);
  void fetch_began(std::uint64_t asker, std::uint64_t run, const fetch_job& job);
  void fetch_ended(std::uint64_t run, moment looked, const remote_fetch_report& report);
  void fetch_lost(std::uint64_t run);
  /// Somebody looks at the refs of a clone from now on; answers with a wall time that names this
  /// look.
  wall_time look_began();
  void look_failed(const std::string& path);
  /// The scheduler is told of the machine.
  void sampled(bool under_pressure);

  // From the engine.

  void told(const engine_event& news);
  void status_answered(const project_id& project, const std::string& path, moment asked,
                       const sync_status& document);
  /// A fetch that a person asked for at `asked` has ended.
  void fetch_reported(const std::string& path, moment asked, const fetch_report& report);

  /// With the clock of the actors: what is shown as true without a look, is.
  void check_shown(const status_board& board, std::chrono::steady_clock::time_point now);

  // What people do.

  /// Who wants to know of the remotes of a store.
  std::function<following(const std::string& common_dir)> follows;
  /// Whether the project at this path is suspended; nothing: nobody knows.
  std::function<std::optional<bool>(const std::string& path)> is_suspended;
  void fetch_asked(const std::string& path);
  void fetch_accepted(const std::string& path, bool accepted);
  /// A project was suspended or resumed.
  void following_changed(const std::string& path);
  /// Somebody says that a remote has moved.
  void hinted(const std::string& url);
  /// Somebody has moved a ref of a clone.
  void ref_moved(const std::string& common_dir, const std::string& ref);

  // What happens to the engine.

  void scheduler_ended();
  /// A part has died: what was on its way to be told may be told later.
  void shaken() {
    brought_.clear();
    shaken_ = world_.now();
  }
  void wall_jumped();

  /// Now and then.
  void check_punctual();
  void check_told();

  /// With faults off for long enough: whether this is what is true now.
  void is_true_now(const sync_status& document);

  /// Likewise of what was last said of a project, without anybody asking.
  void is_true_now_unasked(const std::string& slug);

  /// Whether the last document of a project says that a remote wants a login.
  bool wants_login(const std::string& slug) const { return wants_login_.contains(slug); }

  std::uint64_t documents() const { return documents_; }
  std::uint64_t fetches() const { return fetches_; }
  std::uint64_t probes() const { return probes_; }
  std::uint64_t standing() const { return standing_; }

 private:
  struct success {
    moment looked;
    moment ended;
  };
  struct remote_record {
    std::vector<success> successes;
    std::set<wall_time> claims;
    std::optional<moment> ended;  ///< The last contact.
    std::optional<moment> due;
    std::optional<moment> hinted;  ///< Since when a hint waits, and nothing is in its way.
    fetch_outcome outcome = fetch_outcome::never;
    unsigned asks = 0;    ///< By people, not answered yet.
    unsigned passes = 0;  ///< Contacts that people have asked for.
  };
  struct host_record {
    unsigned failures = 0;
    moment closed{};
    unsigned contacts = 0;  ///< By the background since it was closed.
    unsigned passes = 0;
  };
  /// What a project shows, and whether it has been compared with what is true.
  struct shown_record {
    status_slot_ptr slot;
    std::uint64_t version = 0;
    std::shared_ptr<const shown_status> shown;
    std::uint64_t compared_at = 0;  ///< Of `moves_`.
  };
  struct running_probe {
    std::uint64_t asker;
    std::string host;
    std::vector<fetch_key> keys;
    bool orphaned = false;  ///< Whoever has begun it does not hear of it.
  };
  struct running_fetch {
    std::uint64_t asker;
    std::string host;
    fetch_key key;
    bool orphaned = false;
  };

  static fetch_key key_of(const fetch_target& target) {
    return {target.location.common_dir, target.remote.name};
  }
  /// `with`: the remotes that share the question.
  void begins(const std::vector<fetch_key>& with, const std::string& host);
  /// Whether only the schedule wants to know of it.
  bool is_unasked(const fetch_key& key, const std::string& host);
  void ends(const fetch_key& key, fetch_outcome outcome, moment looked);
  void learn_of_host(const std::string& host, host_sign sign);
  bool is_running(const fetch_key& key) const;
  void leave_alone(const object_store& store);
  void check_wanted(const fetch_key& key);
  void check_stands(const sync_status& document);
  void check_pace(const remote_record& record, const fetch_key& key);
  void check_document(const sync_status& document);
  void check_row(const sync_status& document, const object_store& store, const branch_status& row,
                 moment from);
  void check_rows_complete(const sync_status& document, const object_store& store, moment from);
  void check_remotes(const remotes_changed& change);
  void forget(const project_id& project);
  std::optional<moment> observed(const sync_status& document) const;
  bool is_told(const std::string& common_dir, const std::string& ref, moment since) const;

  world& world_;
  const engine_config& settings_;
  journal& trace_;
  std::string complaint_;
  std::map<wall_time, moment> looks_;
  std::map<fetch_key, remote_record> remotes_;
  std::map<std::string, host_record> hosts_;
  std::map<std::uint64_t, running_probe> probes_now_;
  std::map<std::uint64_t, running_fetch> fetches_now_;
  std::map<std::string, std::string> paths_;  ///< By slug.
  std::map<std::string, sync_status_ptr> documents_by_slug_;
  std::set<std::string> wants_login_;          ///< Slugs.
  std::map<std::string, shown_record> shown_;  ///< By slug.
  std::uint64_t moves_ = 1;                    ///< Of refs, by anybody.
  moment jumped_{-1'000'000'000};
  unsigned pressed_in_a_row_ = 0;  ///< Samples.
  /// What fetches have moved, and when, until it was looked for in the documents.
  std::map<std::pair<std::string, std::string>, moment> brought_;  ///< By store and ref.
  /// When a fetch found a disk full.
  std::optional<moment> disk_full_;
  std::optional<moment> shaken_;
  std::uint64_t documents_ = 0;
  std::uint64_t fetches_ = 0;
  std::uint64_t probes_ = 0;
  std::uint64_t standing_ = 0;  ///< Documents that were shown as true, and were.
};

/// For complaints and traces.
std::string in_words(const fetch_key& key);

}  // namespace headway::simulation
