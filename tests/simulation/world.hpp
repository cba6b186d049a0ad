/// What is true while a node watches: clones, remotes, their hosts, who pushes what when, and what
/// goes wrong. Knows nothing of actors.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tests/simulation/dice.hpp>
#include <tests/simulation/history.hpp>

#include <messages/fetch.hpp>
#include <messages/repo.hpp>

namespace headway::simulation {

/// Time since the beginning of the run: what a stop watch says, whatever is done to the clock on
/// the wall.
using moment = milliseconds;

/// What has to go wrong in this run, or never does.
enum class fault : std::uint8_t {
  sick_hosts,
  refs_move_while_read,
  slow_reads,
  failing_reads,
  slow_disk,
  lost_repositories,
  missing_objects,
  failing_graphs,
  grafts,
  failing_fetches,
  stubborn_children,
  clinging_grandchildren,
  dying_workers,
  dying_parts,
  crashes,
  wall_jumps,
  suspends,
  bad_disk,
  damaged_database,
  pressure,
  slow_machine,
};
inline constexpr std::size_t faults = 21;
const char* to_string(fault kind) noexcept;

/// The ref of a clone that stands for its graft.
inline constexpr auto graft_name = "(graft)";

/// Values over time, by name.
class ref_log {
 public:
  /// Called with the name of each ref that has got another value.
  std::function<void(const std::string&)> moved;

  void set(const std::string& name, std::optional<oid> tip, moment now);
  std::optional<oid> at(const std::string& name, moment when) const;
  std::optional<oid> now(const std::string& name) const;
  /// Whether it had this value at some moment of [from, to].
  bool was(const std::string& name, const std::optional<oid>& value, moment from, moment to) const;
  /// All values of [from, to].
  std::vector<std::optional<oid>> values(const std::string& name, moment from, moment to) const;
  /// Names with a value at some moment up to now.
  std::vector<std::string> names() const;
  moment last_change() const { return last_change_; }
  std::uint64_t version_at(moment when) const;

 private:
  struct timed_value {
    moment since;
    std::optional<oid> tip;
  };
  std::map<std::string, std::vector<timed_value>> values_;
  std::vector<moment> changes_;
  moment last_change_{-1'000'000};
};

enum class sickness : std::uint8_t {
  well,
  hangs,
  trickles,
  resets,
  refuses,    ///< With an HTTP status.
  prompts,    ///< Wants a login that only a person could give.
  redirects,  ///< Elsewhere: left to git.
};
const char* to_string(sickness how) noexcept;

struct host {
  std::string key;
  bool sturdy = false;  ///< Is never sick.
  bool by_git = false;  ///< Only git can talk to it, as over ssh.
  sickness now = sickness::well;
  long status = 0;           ///< Of one that refuses.
  bool names_pause = false;  ///< By Retry-After.
  moment rest_asked{};       ///< When it has last asked to be left alone.
  moment rest_until{};
};

/// A repository on a host.
struct remote_repository {
  std::size_t at = 0;  ///< Of `world::hosts`.
  std::string url;
  ref_log refs;
};

/// How it comes out that somebody else has moved refs of a clone.
enum class hearing : std::uint8_t {
  watched,  ///< The kernel tells.
  swept,    ///< The kernel refuses to; the files are looked at every so often.
  deaf,     ///< Another machine did it, on a disk that they share.
};

/// The refs and objects of a clone; several work trees may share them.
struct object_store {
  std::string common_dir;
  std::vector<std::pair<std::string, std::size_t>> remotes;  ///< Name; of `world::remotes`.
  ref_log refs;
};

/// A path that can be registered.
struct clone {
  std::string path;
  std::size_t store = 0;
  bool linked = false;  ///< A further work tree of its store.
  std::string head;     ///< The branch that is checked out.
  bool lost = false;    ///< Nothing is there at present.
  bool slow = false;    ///< Lies on the disk that can be slow.
};

/// Branch `name` follows this, always: "a1" follows a1 of the first remote, "b2" b2 of the second.
struct followed {
  std::string remote;
  std::string merge_ref;
  std::string tracking_ref;
};

class world {
 public:
  world(std::uint64_t seed, dice& chance);

  moment now() const { return now_; }
  /// What the clock on the wall says.
  wall_time wall() const;
  void move_to(moment when) { now_ = std::max(now_, when); }
  void shift_wall(milliseconds by) { wall_shift_ += by; }

  bool has(fault kind) const { return active_ && enabled_[std::size_t(kind)]; }
  bool ever(fault kind) const { return enabled_[std::size_t(kind)]; }
  /// From now on nothing goes wrong and nobody pushes.
  void calm();
  bool is_calm() const { return !active_; }

  /// A person commits.
  std::string commit_in(object_store& store);

  /// Something happens: a push, a commit, a host falls sick. Returns what, for the trace.
  std::string happen();

  clone& at_path(const std::string& path);
  const clone* find(const std::string& path) const;
  object_store& store_of(const clone& one) { return stores.at(one.store); }
  const object_store* store_at(const std::string& common_dir) const;
  object_store* store_at(const std::string& common_dir);
  remote_repository& remote_of(const std::string& common_dir, const std::string& name);
  host& host_of(const std::string& key);

  repository_location location(const clone& one) const;
  std::optional<followed> upstream(const object_store& in, const std::string& branch) const;
  bool lies_on_slow_disk(const std::string& common_dir) const;
  /// What /proc/self/mountinfo says of the disks.
  std::string mounts() const;
  std::optional<oid> graft_at(const object_store& in, moment when) const;
  static std::uint64_t signature(const std::optional<oid>& graft);
  /// As read between two moments, each ref at one of them or in between.
  refs_snapshot snapshot(const clone& of, moment from, moment to);
  /// What a remote says its refs are.
  static advertised_refs advertised(const remote_repository& remote, moment when);

  dice& chance;
  history commits;
  std::vector<host> hosts;
  std::vector<remote_repository> remotes;
  std::vector<object_store> stores;
  std::vector<clone> clones;
  hearing hears = hearing::deaf;
  /// Branches of remotes that are kept fresh although nothing here follows them.
  std::vector<std::string> patterns;
  /// Somebody has moved a ref of a clone, or its graft.
  std::function<void(const std::string& common_dir, const std::string& ref)> moved;

 private:
  std::string push();
  std::string move_branch();
  std::string fetch_by_hand();
  std::string change_weather();
  std::string lose_or_find();
  std::string change_graft();
  oid next_commit(const std::optional<oid>& on);

  moment now_{};
  milliseconds wall_shift_{};
  bool active_ = true;
  std::array<bool, faults> enabled_{};
};

}  // namespace headway::simulation
