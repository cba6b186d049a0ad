#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <ranges>
#include <unordered_set>

#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <messages/error.hpp>
#include <messages/resources.hpp>
#include <messages/url.hpp>
#include <storage/git/address_check.hpp>
#include <storage/git/branch_patterns.hpp>
#include <storage/git/configured_programs.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/fetch_answer.hpp>
#include <storage/git/fetch_carrier.hpp>
#include <storage/git/fetch_connections.hpp>
#include <storage/git/fetch_refs.hpp>
#include <storage/git/fetch_run.hpp>
#include <storage/git/host_token.hpp>
#include <storage/git/object_folders.hpp>
#include <storage/git/objects.hpp>
#include <storage/git/prefetch_refs.hpp>
#include <storage/git/ref_lookup.hpp>
#include <storage/git/user_fetch.hpp>

namespace headway::git {

namespace {

using ending = child_result::ending;
using tips = std::map<std::string, oid>;

// A list of refs that comes slower than this, in bytes a second, does not come any more.
constexpr unsigned slowest_answer = 1024;
// Refs that somebody else moves again and again are left as they are.
constexpr int most_looks = 3;
constexpr std::size_t most_read_commits = 256;
constexpr int pause_for_user = 20;  // Milliseconds.

/// A fetch whose remote has moved.
class transfer {
 public:
  transfer(fetch_run& run, fetch_connections& connections, const remote_address& address,
           const advertised_refs& seen, const tips& before)
      : run_{run}, connections_{connections}, address_{address}, seen_{seen}, before_{before} {}

  enum class outcome { done, overtaken, failed };
  outcome move(const fetch_plan& plan);

 private:
  bool remove_gone(const std::vector<tracked_ref>& gone, const quarantine& into);
  outcome bring(const std::vector<tracked_ref>& moved, quarantine& into);
  std::unique_ptr<carrier> choose(const quarantine& into, fetch_backend which);
  git_carrier::tag_list lists_tags() const;
  std::optional<wanted_refs> carry(const std::vector<tracked_ref>& moved, const quarantine& into);
  std::vector<ref_change> changes_of(const std::vector<tracked_ref>& moved,
                                     const wanted_refs& found, const quarantine& into);
  void take_back_mark(const tracked_ref& ref, const std::string& message,
                      std::vector<ref_change>& changes) const;
  std::optional<std::string> message_for(const tracked_ref& ref, const oid& now,
                                         const quarantine& into);
  bool is_ancestor(const oid& older, const oid& newer, const quarantine& into);
  bool was_found_among_recent(const oid& older, const oid& newer, const quarantine& into);
  std::optional<remote::advertised_tags> new_tags();
  bool follow_tags(const quarantine& into, std::vector<ref_change>& changes);
  bool let_user_finish(const std::vector<ref_change>& changes);
  outcome apply(std::vector<ref_change> changes, quarantine& into);

  fetch_run& run_;
  fetch_connections& connections_;
  const remote_address& address_;
  const advertised_refs& seen_;
  const tips& before_;
  std::unique_ptr<carrier> carrier_;
  std::optional<object_reader> arrived_;  ///< The clone and what came, once that is asked for.
};

std::optional<oid> tip_in(const tips& where, const std::string& ref) {
  const auto found = where.find(ref);
  return found == where.end() ? std::optional<oid>{} : std::optional{found->second};
}

transfer::outcome transfer::move(const fetch_plan& plan) {
  sweep_abandoned_fetches(run_.target.location);
  auto into = quarantine::make(run_.target.location);
  if (!into) {
    run_.fail("preparing a fetch", into.error());
    return outcome::failed;
  }
  // Deletes first: a branch "a" that is gone stands in the way of a new branch "a/b".
  if (!plan.gone.empty() && !remove_gone(plan.gone, *into) && run_.over())
    return outcome::failed;
  if (plan.moved.empty())
    return outcome::done;
  return bring(plan.moved, *into);
}

// With the old values that the comparison saw: what the user has moved since stays.
bool transfer::remove_gone(const std::vector<tracked_ref>& gone, const quarantine& into) {
  std::vector<ref_change> changes;
  for (const auto& ref : gone) {
    if (!run_.target.location.bare && ref.tracking_ref.starts_with("refs/heads/"))
      return run_.fail(ec::remote, run_.remote_words() + " has no '" + ref.remote_ref +
                                       "' any more; '" + ref.tracking_ref +
                                       "' is a branch of this clone and was kept");
    const auto before = tip_in(before_, ref.tracking_ref);
    if (is_prefetch_ref(ref.tracking_ref))
      changes.push_back({gone_mark(ref.tracking_ref), std::nullopt, ref.tip, "fetch --prune"});
    if (before)
      changes.push_back({ref.tracking_ref, is_prefetch_ref(ref.tracking_ref) ? before : ref.tip,
                         std::nullopt, "fetch --prune"});
  }
  const step_clock watch{run_.report.timing.steps.refs};
  const auto moved = move_refs(run_, into.path(), std::move(changes));
  if (!moved)
    return false;
  if (!moved->held.empty() || !moved->overtaken.empty())
    return run_.fail(ec::io,
                     "deleting refs that are gone from " + run_.remote_words() + ": " + moved->why);
  return true;
}

transfer::outcome transfer::bring(const std::vector<tracked_ref>& moved, quarantine& into) {
  const auto found = carry(moved, into);
  if (!found)
    return outcome::failed;
  auto changes = changes_of(moved, *found, into);
  if (address_.follow == remote_address::tags::of_fetched && !follow_tags(into, changes))
    return outcome::failed;
  if (run_.report.backend == fetch_backend::git) {
    const auto came = into.count();
    run_.report.bytes += came.bytes;
    run_.report.objects += came.objects;
  }
  return apply(std::move(changes), into);
}

// Only where the settings of the remote could be read: git would move tags itself if they asked for
// all of them.
git_carrier::tag_list transfer::lists_tags() const {
  return !address_.url.empty() && address_.follow == remote_address::tags::of_fetched
             ? git_carrier::tag_list::taken_along
             : git_carrier::tag_list::left_out;
}

std::unique_ptr<carrier> transfer::choose(const quarantine& into, fetch_backend which) {
  const auto why = http_carrier::why_not(run_.target.location, address_);
  if (which == fetch_backend::git || (which == fetch_backend::automatic && !why.empty()))
    return std::make_unique<git_carrier>(run_, into, lists_tags());
  if (!why.empty()) {
    run_.fail(ec::config, run_.remote_words() + " can be fetched from by git only (" + why +
                              "); set fetch.backend to \"auto\"");
    return {};
  }
  return std::make_unique<http_carrier>(run_, into, connections_, address_);
}

std::optional<wanted_refs> transfer::carry(const std::vector<tracked_ref>& moved,
                                           const quarantine& into) {
  carrier_ = choose(into, run_.options.backend);
  if (!carrier_)
    return {};
  wanted_refs wanted;
  for (const auto& ref : moved)
    wanted.emplace(ref.remote_ref, seen_.at(ref.remote_ref));
  if (address_.follow == remote_address::tags::all) {
    const auto tags = new_tags();
    if (!tags)
      return {};
    for (const auto& [name, tag] : *tags)
      wanted.emplace(name, tag.id);
  }
  auto came = carrier_->carry(wanted);
  if (came.how == cargo::arrival::left_to_git) {
    if (run_.options.backend == fetch_backend::native) {
      run_.fail(came.code == ec::none ? ec::remote : came.code,
                "fetching from " + run_.remote_words() + ": " + came.why);
      return {};
    }
    carrier_ = choose(into, fetch_backend::git);
    came = carrier_->carry(wanted);
  }
  if (came.how != cargo::arrival::complete)
    return {};
  return std::move(came.tips);
}

// Those that are not here by name: one that is here never moves because of us.
std::optional<remote::advertised_tags> transfer::new_tags() {
  auto tags = carrier_->tags();
  if (!tags)
    return {};
  std::vector<std::string> names;
  for (const auto& [name, tag] : *tags)
    names.push_back(name);
  const auto here = look_up(run_.target.location, names);
  if (!here) {
    run_.fail("reading the tags of the clone", here.error());
    return {};
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if ((*here)[i])
      tags->erase(names[i]);
  return tags;
}

// As git does: a tag follows when what it leads to is here now.
bool transfer::follow_tags(const quarantine& into, std::vector<ref_change>& changes) {
  auto tags = new_tags();
  if (!tags)
    return false;
  if (tags->empty())
    return true;
  auto folders = with_alternates(run_.target.location.object_store());
  folders.insert(folders.begin(), into.path());
  auto objects = object_reader::open(std::move(folders));
  if (!objects)
    return run_.fail("reading what came", objects.error());
  std::erase_if(*tags, [&](const auto& each) { return !objects->contains(each.second.target); });
  wanted_refs missing;
  for (const auto& [name, tag] : *tags)
    if (!objects->contains(tag.id))
      missing.emplace(name, tag.id);
  if (!missing.empty() && carrier_->carry(missing).how != cargo::arrival::complete)
    return false;
  for (const auto& [name, tag] : *tags)
    changes.push_back(
        {name, std::nullopt, tag.id, "fetch " + run_.target.remote.name + ": storing tag"});
  return true;
}

std::vector<ref_change> transfer::changes_of(const std::vector<tracked_ref>& moved,
                                             const wanted_refs& found, const quarantine& into) {
  const auto checked_out = checked_out_branches(run_.target.location);
  std::vector<ref_change> changes;
  wanted_refs tags{found};
  for (const auto& ref : moved) {
    const auto& now = found.at(ref.remote_ref);
    tags.erase(ref.remote_ref);
    const auto before = tip_in(before_, ref.tracking_ref);
    if (before == now)
      continue;
    if (std::ranges::find(checked_out, ref.tracking_ref) != checked_out.end()) {
      run_.fail(ec::io, "fetching from " + run_.remote_words() + ": '" + ref.tracking_ref +
                            "' is checked out and was left as it is");
      continue;
    }
    auto message = message_for(ref, now, into);
    if (!message)
      continue;
    if (is_prefetch_ref(ref.tracking_ref))
      take_back_mark(ref, *message, changes);
    changes.push_back({ref.tracking_ref, before, now, std::move(*message)});
  }
  for (const auto& [name, id] : tags)
    changes.push_back(
        {name, std::nullopt, id, "fetch " + run_.target.remote.name + ": storing tag"});
  return changes;
}

// A branch that was gone is there again.
void transfer::take_back_mark(const tracked_ref& ref, const std::string& message,
                              std::vector<ref_change>& changes) const {
  const auto mark = gone_mark(ref.tracking_ref);
  if (const auto there = look_up(run_.target.location, {mark}); there && there->front())
    changes.push_back({mark, there->front(), std::nullopt, message});
}

// The reflog reads as after the user's own "git fetch origin". Nothing: the ref may not move so.
std::optional<std::string> transfer::message_for(const tracked_ref& ref, const oid& now,
                                                 const quarantine& into) {
  const auto action = "fetch " + run_.target.remote.name + ": ";
  const auto before = tip_in(before_, ref.tracking_ref);
  if (!before)
    return action + (ref.remote_ref.starts_with("refs/heads/")  ? "storing head"
                     : ref.remote_ref.starts_with("refs/tags/") ? "storing tag"
                                                                : "storing ref");
  if (is_prefetch_ref(ref.tracking_ref))
    return action + "prefetch";
  if (is_ancestor(*before, now, into))
    return action + "fast-forward";
  if (may_be_rewritten(ref, run_.target.remote.fetch_refspecs))
    return action + "forced-update";
  run_.fail(ec::io, "fetching from " + run_.remote_words() + ": [rejected] " + ref.remote_ref +
                        " was rewritten, and no \"+\" in remote." + run_.target.remote.name +
                        ".fetch lets '" + ref.tracking_ref + "' follow");
  return {};
}

bool transfer::is_ancestor(const oid& older, const oid& newer, const quarantine& into) {
  if (was_found_among_recent(older, newer, into))
    return true;
  auto command = run_.caller.local({"merge-base", "--is-ancestor", older.hex(), newer.hex()});
  into.enclose(command);
  const auto result = run_.run_git("comparing commits", std::move(command));
  return result && result->how == ending::exited && result->status == 0;
}

// Most fetches bring few commits, and reading those costs less than a process.
bool transfer::was_found_among_recent(const oid& older, const oid& newer, const quarantine& into) {
  if (!arrived_) {
    auto folders = with_alternates(run_.target.location.object_store());
    folders.insert(folders.begin(), into.path());
    auto objects = object_reader::open(std::move(folders));
    if (!objects)
      return false;  // A process looks instead.
    arrived_ = std::move(*objects);
  }
  std::vector<oid> found{newer};
  std::unordered_set<oid> known{newer};
  for (std::size_t at = 0; at < found.size() && at < most_read_commits; ++at) {
    if (found[at] == older)
      return true;
    const auto parents = arrived_->parents(found[at]);
    if (!parents)
      return false;
    for (const auto& parent : *parents)
      if (known.insert(parent).second)
        found.push_back(parent);
  }
  return false;
}

// Theirs would fail if a ref moved under it, and ours can wait.
bool transfer::let_user_finish(const std::vector<ref_change>& changes) {
  if (std::ranges::all_of(changes, [](const auto& each) { return is_prefetch_ref(each.name); }))
    return true;
  const auto until = fetch_run::clock::now() + run_.options.patience_with_user;
  while (user_is_fetching(run_.target.location)) {
    if (fetch_run::clock::now() >= until)
      return run_.fail(ec::in_use, "fetching from " + run_.remote_words() +
                                       ": your own git fetch is at work in " +
                                       run_.target.location.path);
    pollfd stop{run_.cancel.descriptor(), POLLIN, 0};
    ::poll(&stop, 1, pause_for_user);
    if (run_.over())
      return true;  // Told by the next step.
  }
  return true;
}

transfer::outcome transfer::apply(std::vector<ref_change> changes, quarantine& into) {
  if (!let_user_finish(changes))
    return outcome::failed;
  const step_clock watch{run_.report.timing.steps.refs};
  if (run_.over()) {
    child_result result;
    result.how = run_.cancel.requested() ? ending::cancelled : ending::timed_out;
    run_.fail(classify("fetching from " + run_.remote_words(), result));
    return outcome::failed;
  }
  if (auto error = into.admit()) {
    run_.fail("moving objects into the clone", error);
    return outcome::failed;
  }
  const auto moved = move_refs(run_, into.path(), std::move(changes));
  if (!moved)
    return outcome::failed;
  const auto is_tag = [](const std::string& ref) { return ref.starts_with("refs/tags/"); };
  if (std::ranges::any_of(moved->held, std::not_fn(is_tag)))
    run_.fail(ec::io, "moving the remote-tracking refs: " + moved->why);
  return std::ranges::any_of(moved->overtaken, std::not_fn(is_tag)) ? outcome::overtaken
                                                                    : outcome::done;
}

class attempt {
 public:
  attempt(const fetch_target& target, const fetch_options& options, const cancellation& cancel)
      : run_{target, options, cancel},
        refs_{target.refs},
        connections_{options.connections ? options.connections
                                         : std::make_shared<fetch_connections>()} {}

  remote_fetch_report report();

 private:
  enum class freshness { as_seen, asked_now, asked_again };

  void work();
  transfer::outcome look_and_move(freshness how_fresh);
  bool acceptable();
  bool in_place();
  bool has_space();
  void read_address();
  bool take_token();
  bool trusted();
  bool public_enough();
  bool prepare_ssh();
  void share_ssh(std::string command);
  std::optional<advertised_refs> probe();
  bool add_matches(const advertised_refs& answer);
  std::optional<std::vector<tracked_ref>> refs_to_compare(freshness how_fresh);
  std::optional<tips> read_tips();
  void note_updates(const tips& after);

  fetch_run run_;
  std::vector<tracked_ref> refs_;  ///< Those of the target, and what its patterns have matched.
  tips before_;                    ///< Where they were when they were first looked at.
  std::shared_ptr<fetch_connections> connections_;
  remote_address address_;
  std::string ssh_command_;
};

remote_fetch_report attempt::report() {
  auto& report = run_.report;
  report.remote = run_.target.remote.name;
  report.started = std::chrono::system_clock::now();
  work();
  // Git does not know whose login it was that failed.
  if (run_.token && report.error.find("Authentication failed") != std::string::npos)
    report.error = "fetching from " + run_.remote_words() + ": " + refused_token(address_.url);
  if (!run_.failed())
    report.outcome = report.updates.empty() ? fetch_outcome::unchanged : fetch_outcome::updated;
  report.finished = std::chrono::system_clock::now();
  return std::move(report);
}

void attempt::work() {
  if (!acceptable() || !in_place())
    return;
  // Locks that could not be judged while a git was at work would be in the way of this fetch, too.
  sweep_abandoned_fetches(run_.target.location);
  if (!has_space() || !trusted() || !prepare_ssh() || !public_enough())
    return;
  read_address();
  if (!take_token())
    return;
  auto before = read_tips();
  if (!before)
    return;
  before_ = std::move(*before);
  auto result = look_and_move(run_.options.seen ? freshness::as_seen : freshness::asked_now);
  for (int looks = 1; result == transfer::outcome::overtaken && !run_.failed(); ++looks) {
    if (looks == most_looks)
      run_.fail(ec::io, "moving the remote-tracking refs: somebody else keeps moving them");
    else
      result = look_and_move(freshness::asked_again);
  }
  if (const auto after = read_tips())
    note_updates(*after);
}

transfer::outcome attempt::look_and_move(freshness how_fresh) {
  std::optional<advertised_refs> asked;
  if (how_fresh != freshness::as_seen) {
    const step_clock watch{run_.report.timing.probe};
    asked = probe();
    if (!asked)
      return transfer::outcome::failed;
  }
  const auto& answer = asked ? *asked : *run_.options.seen;
  if (!add_matches(answer))
    return transfer::outcome::failed;
  const auto refs = refs_to_compare(how_fresh);
  const auto before = read_tips();
  if (!refs || !before)
    return transfer::outcome::failed;
  const auto plan = compare(*refs, answer);
  auto result = transfer::outcome::done;
  const step_clock watch{run_.report.timing.transfer};
  if (!plan.nothing_to_do())
    result = transfer{run_, *connections_, address_, answer, *before}.move(plan);
  if (!plan.refused.empty())
    run_.fail(ec::remote, run_.remote_words() + ": " + plan.refused);
  return result;
}

// The name becomes an argument, and git takes what is not the name of a remote for an address.
bool attempt::acceptable() {
  const auto& name = run_.target.remote.name;
  const auto odd = [](unsigned char c) { return c <= ' ' || c == ':' || c == 0x7f; };
  if (name.empty() || name == "." || name.front() == '-' || std::ranges::any_of(name, odd))
    return run_.fail(ec::invalid_argument, "'" + name + "' is not the name of a remote");
  const auto transport = transport_of(run_.target.remote.display_url);
  if (transport.empty())
    return run_.fail(ec::config,
                     run_.remote_words() + " has no address; set one with git remote set-url");
  if (!transport_allowed(transport, run_.options.allowed_schemes)) {
    const auto refusal = forbidden_transport(name, transport);
    return run_.fail(code_of(refusal), detail_of(refusal));
  }
  return true;
}

bool attempt::in_place() {
  const auto& location = run_.target.location;
  for (const auto& folder : {location.path, location.git_dir, location.object_store()}) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) == 0)
      continue;
    const int number = errno;
    const bool gone = number == ENOENT || number == ENOTDIR;
    const auto denied = number == EACCES ? ec::permission_denied : ec::io;
    return run_.fail(gone ? ec::missing : denied, folder + ": " + std::strerror(number));
  }
  return true;
}

// Clones lie on other disks than the node's own data.
bool attempt::has_space() {
  struct statvfs disk {};
  const auto& store = run_.target.location.object_store();
  if (run_.options.space == space_rule::any || ::statvfs(store.c_str(), &disk) != 0)
    return true;
  const auto bytes = [&disk](fsblkcnt_t blocks) { return std::uint64_t{blocks} * disk.f_frsize; };
  if (bytes(disk.f_bavail) >= space_to_leave(bytes(disk.f_blocks)))
    return true;
  run_.report.held_back = true;
  return run_.fail(ec::disk_full, store + ": less than 2 GiB, or 5 percent, of its disk is free");
}

void attempt::read_address() {
  const auto& target = run_.target;
  if (auto found = connections_->addresses.find(target.location, target.remote.name))
    address_ = std::move(*found);
  else
    address_.only_git = detail_of(found.error());
  // Refs of our own are for counting: the user's tags are the user's.
  const auto is_own = [](const tracked_ref& ref) { return is_prefetch_ref(ref.tracking_ref); };
  if (target.patterns.home == upstream_source::prefetch || std::ranges::any_of(target.refs, is_own))
    address_.follow = remote_address::tags::none;
}

// By host: whatever git may be redirected to, it offers the token to no other.
bool attempt::take_token() {
  auto found = find_token(run_.options.tokens, address_.url);
  if (!found)
    return run_.fail(code_of(found.error()), detail_of(found.error()));
  if (!*found)
    return true;
  run_.token = std::move(*found);
  run_.caller.use_login(host_key(address_.url), run_.token->username, run_.token->password);
  return true;
}

bool attempt::trusted() {
  const auto error =
      check_configured_programs(run_.target.location, run_.options.trusted_repositories);
  return !error || run_.fail(code_of(error), detail_of(error));
}

bool attempt::public_enough() {
  if (run_.options.addresses == address_rule::any)
    return true;
  auto settings =
      check_addresses(run_.target.remote.display_url, ssh_command_, run_.left(), run_.cancel);
  if (!settings)
    return run_.fail(code_of(settings.error()), detail_of(settings.error()));
  run_.caller.use_settings(std::move(*settings));
  return true;
}

// git asks the environment first, then the configuration, then GIT_SSH, which takes no options.
bool attempt::prepare_ssh() {
  if (transport_of(run_.target.remote.display_url) != "ssh")
    return true;
  std::string configured;
  if (const char* given = std::getenv("GIT_SSH_COMMAND"); given != nullptr && *given != '\0') {
    configured = given;
  } else {
    const std::string_view attempted = "reading core.sshCommand";
    const auto read =
        run_.run_git(attempted, run_.caller.local({"config", "--get", "core.sshCommand"}));
    if (!read)
      return false;
    if (read->how != ending::exited || read->status > 1)
      return run_.fail(classify(attempted, *read));
    configured = read->output.substr(0, read->output.find('\n'));
  }
  if (const char* program = std::getenv("GIT_SSH");
      !configured.empty() || program == nullptr || *program == '\0')
    share_ssh(quiet_ssh_command(configured));
  return true;
}

void attempt::share_ssh(std::string command) {
  if (run_.options.ssh)
    command += run_.options.ssh->options_for(command, run_.target.remote.display_url);
  ssh_command_ = command;
  run_.caller.use_ssh_command(std::move(command));
}

std::optional<advertised_refs> attempt::probe() {
  const bool with_tags = address_.follow != remote_address::tags::none;
  std::vector<std::string> args{"ls-remote", "--quiet"};
  const auto classes = ref_classes(run_.target.refs);
  args.insert(args.end(), classes.begin(), classes.end());
  if (!with_tags)
    args.emplace_back("--refs");
  else if (!classes.empty() && std::ranges::find(classes, "--tags") == classes.end())
    args.emplace_back("--tags");
  args.insert(args.end(), {"--", run_.target.remote.name});
  const auto attempted = "asking " + run_.remote_words() + " for its refs";
  const auto result = run_.must_run(attempted, run_.caller.remote(args, slowest_answer));
  if (!result)
    return {};
  auto answer = parse_answer(result->output);
  if (!answer) {
    run_.fail(attempted, answer.error());
    return {};
  }
  if (with_tags)
    run_.tags = tags_in(*answer);
  return std::move(*answer);
}

// Those that only the remote has had until now.
bool attempt::add_matches(const advertised_refs& answer) {
  auto found = tracked_in(run_.target, answer);
  std::unordered_set<std::string_view> known;
  for (const auto& ref : refs_)
    known.insert(ref.tracking_ref);
  std::erase_if(found, [&](const tracked_ref& ref) { return known.contains(ref.tracking_ref); });
  if (found.empty())
    return true;
  auto fresh = with_current_tips(run_.target.location, std::move(found));
  if (!fresh)
    return run_.fail("reading the remote-tracking refs", fresh.error());
  for (auto& ref : *fresh) {
    if (ref.tip)
      before_.emplace(ref.tracking_ref, *ref.tip);
    refs_.push_back(std::move(ref));
  }
  return true;
}

// What was seen before was compared with the clone as it was then. Without that the caller's tips
// count: a ref that the user has moved since must not be deleted.
std::optional<std::vector<tracked_ref>> attempt::refs_to_compare(freshness how_fresh) {
  if (how_fresh == freshness::asked_now)
    return refs_;
  auto refs = with_current_tips(run_.target.location, refs_);
  if (refs)
    return std::move(*refs);
  run_.fail("reading the remote-tracking refs", refs.error());
  return {};
}

std::optional<tips> attempt::read_tips() {
  const auto refs = with_current_tips(run_.target.location, refs_);
  if (!refs) {
    run_.fail("reading the remote-tracking refs", refs.error());
    return {};
  }
  tips result;
  for (const auto& ref : *refs)
    if (ref.tip)
      result.emplace(ref.tracking_ref, *ref.tip);
  return result;
}

void attempt::note_updates(const tips& after) {
  for (const auto& ref : refs_) {
    const auto then = tip_in(before_, ref.tracking_ref);
    const auto now = tip_in(after, ref.tracking_ref);
    if (then != now)
      run_.report.updates.push_back({ref.tracking_ref, then, now});
  }
}

}  // namespace

remote_fetch_report fetch(const fetch_target& target, const fetch_options& options,
                          const cancellation& cancel) {
  return attempt{target, options, cancel}.report();
}

}  // namespace headway::git
