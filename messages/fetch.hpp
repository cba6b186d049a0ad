/// Bringing remote-tracking refs up to date.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <messages/error.hpp>
#include <messages/ids.hpp>
#include <messages/repo.hpp>
#include <messages/status.hpp>

namespace headway {

/// Why a fetch was asked for. Earlier reasons are served first.
enum class fetch_reason : std::uint8_t {
  user_asked,
  hinted,  ///< Somebody said that the remote has moved.
  project_opened,
  due,
};

/// Whether a person waits for a fetch; one that nobody waits for leaves processor and disk to
/// others.
enum class fetch_haste : std::uint8_t { somebody_waits, nobody_waits };

enum class fetch_stage : std::uint8_t { queued, running, done };

/// Who talks to the remote: `automatic` leaves to git what only git can do.
enum class fetch_backend : std::uint8_t { automatic, git, native };

std::string_view to_string(fetch_reason reason) noexcept;
std::string_view to_string(fetch_stage stage) noexcept;
std::optional<fetch_reason> fetch_reason_from(std::string_view name) noexcept;
std::string_view to_string(fetch_backend backend) noexcept;
std::optional<fetch_backend> fetch_backend_from(std::string_view name) noexcept;

/// One remote of one clone, with what is to be kept fresh of it.
struct fetch_target {
  repository_location location;
  remote_config remote;
  std::vector<tracked_ref> refs;
  branch_patterns patterns = {};  ///< What of the remote is wanted beside `refs`.

  bool tracks_anything() const noexcept { return !refs.empty() || !patterns.empty(); }
  friend bool operator==(const fetch_target&, const fetch_target&) = default;
};

/// What a remote says its refs are, by full name.
using advertised_refs = std::unordered_map<std::string, oid>;
using advertised_refs_ptr = std::shared_ptr<const advertised_refs>;

/// Which addresses a remote may have: `public_only` refuses those of private and local networks.
enum class address_rule : std::uint8_t { any, public_only };

/// What an attempt at a remote says about its host.
enum class host_sign : std::uint8_t {
  none,       ///< Nothing: the trouble is ours or the repository's.
  well,       ///< It answered.
  throttled,  ///< It asks for less.
  ill,        ///< It could not be reached, broke off, or says itself that it fails.
};

/// What a look at the refs of a remote came to.
struct probe_report {
  enum class finding : std::uint8_t {
    unchanged,    ///< Every tracked ref is here as it is there.
    moved,        ///< Some are new or elsewhere; `seen` says where.
    missing,      ///< Some are gone there, or seem to be: git has to look before any is deleted.
    left_to_git,  ///< Only git can ask this remote; `error` says why.
    failed,
  };
  finding found = finding::failed;
  advertised_refs_ptr seen;
  ec code = ec::none;
  fetch_outcome outcome = fetch_outcome::failed;  ///< Of a failure.
  std::string error;                              ///< For a person; redacted.
  host_sign host = host_sign::none;
  /// Equal for remotes that log in with the same credential; 0: not known.
  std::uint64_t credential = 0;
  std::optional<std::chrono::milliseconds> retry_after;  ///< The host asks for this pause.
  std::chrono::milliseconds took{};
};

/// A remote-tracking ref that moved; a missing side is a creation or a deletion.
struct ref_update {
  std::string tracking_ref;
  std::optional<oid> before;
  std::optional<oid> after;

  friend bool operator==(const ref_update&, const ref_update&) = default;
};

/// Where the time of a transfer went, step by step. Zero where there was nothing to do, and for
/// what git does not tell of itself: names, connections and TLS are in its negotiation, and it
/// indexes while the pack comes in.
struct fetch_steps {
  using time = std::chrono::microseconds;
  time login{};  ///< Asking credential helpers.
  time dns{};
  time connect{};
  time tls{};
  time negotiation{};  ///< Which objects are needed; until the first byte of the pack.
  time pack{};         ///< Until its last byte.
  time indexing{};     ///< After that.
  time checking{};     ///< Whether everything that the new commits need is there.
  time refs{};         ///< Moving objects into the clone, and refs.

  friend bool operator==(const fetch_steps&, const fetch_steps&) = default;
};

/// One of them, for whoever goes through all.
struct fetch_step {
  std::string_view name;
  fetch_steps::time fetch_steps::*time;
};

inline constexpr std::array<fetch_step, 9> all_fetch_steps{
    {{"login", &fetch_steps::login},
     {"dns", &fetch_steps::dns},
     {"connect", &fetch_steps::connect},
     {"tls", &fetch_steps::tls},
     {"negotiation", &fetch_steps::negotiation},
     {"pack", &fetch_steps::pack},
     {"indexing", &fetch_steps::indexing},
     {"checking", &fetch_steps::checking},
     {"refs", &fetch_steps::refs}}};

/// Where the time of a fetch went.
struct fetch_timing {
  std::chrono::milliseconds queued{};
  std::chrono::milliseconds probe{};     ///< Asking the remote for its refs.
  std::chrono::milliseconds transfer{};  ///< All that followed.
  fetch_steps steps;                     ///< Of the transfer.

  friend bool operator==(const fetch_timing&, const fetch_timing&) = default;
};

/// The end of one attempt at one remote.
struct remote_fetch_report {
  std::string remote;
  fetch_outcome outcome = fetch_outcome::never;
  ec code = ec::none;
  std::string error;  ///< For a person; redacted.
  std::vector<ref_update> updates;
  wall_time started{};
  wall_time finished{};
  fetch_timing timing;
  std::uint64_t bytes = 0;    ///< Of packs and objects that came in.
  std::uint64_t objects = 0;  ///< That came in.
  /// Who brought them; `automatic` when nothing had to be brought.
  fetch_backend backend = fetch_backend::automatic;
  /// What the attempt said about the host; `none` leaves that to `code`.
  host_sign host = host_sign::none;
  std::optional<std::chrono::milliseconds> retry_after;  ///< The host asks for this pause.
  /// Not begun, for want of space where the clone lies: says nothing about other clones.
  bool held_back = false;

  friend bool operator==(const remote_fetch_report&, const remote_fetch_report&) = default;
};

/// What somebody who asked for a fetch gets to know about it.
struct fetch_report {
  fetch_id id;
  project_id project;
  fetch_reason reason = fetch_reason::due;
  fetch_stage stage = fetch_stage::queued;
  wall_time requested{};
  std::optional<wall_time> finished;
  std::vector<remote_fetch_report> remotes;
};

using fetch_report_ptr = std::shared_ptr<const fetch_report>;

/// How the schedule of one remote stands; part of the published status.
struct remote_state {
  std::string remote;
  std::string url;  ///< Credentials stripped.
  std::optional<wall_time> last_success;
  std::optional<wall_time> last_change;  ///< End of the last fetch that moved a ref.
  fetch_outcome outcome = fetch_outcome::never;
  ec code = ec::none;
  std::string error;
  std::optional<wall_time> next_due;
  std::uint32_t failures = 0;  ///< In a row.
  /// What 95 % of its fetches took at most that brought something; zero: none has.
  std::chrono::milliseconds usual{};
  fetch_stage stage = fetch_stage::done;
  /// Refs and patterns; nothing is fetched of a remote without any. Not stored.
  std::uint32_t tracked_refs = 0;

  friend bool operator==(const remote_state&, const remote_state&) = default;
};

using remote_states_ptr = std::shared_ptr<const std::vector<remote_state>>;

using fetch_reports_ptr = std::shared_ptr<const std::vector<fetch_report>>;

/// Asks for all tracked remotes of a project now.
struct fetch_request {
  project_id project;
  fetch_reason reason = fetch_reason::user_asked;
};

/// Says that the remotes at `url` may have moved: they are looked at now, those of no project not
/// at all. Other spellings of the address count too.
struct remote_hint {
  std::string url;
};

/// Somebody looks at a project: its remotes are kept fresher for a while.
struct project_viewed {
  project_id project;
};

/// Asks to be told when fetch `id` has ended, or how it stands after `patience`.
struct await_fetch {
  fetch_id id;
  std::chrono::milliseconds patience{};
};

/// Asks to end fetch `id`. What it has in common with fetches of other people goes on for them.
struct cancel_fetch {
  fetch_id id;
};

struct scheduler_stats {
  std::size_t targets = 0;
  std::size_t queued = 0;   ///< For a probe or for a fetch.
  std::size_t probing = 0;  ///< Looks at remotes that run.
  std::size_t running = 0;  ///< Fetches that run.
  std::size_t limit = 0;
  std::string limited_by;  ///< The factor that sets `limit`, in words.
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
};

}  // namespace headway
