#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include <sys/stat.h>

#include <messages/error.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/fetch_answer.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_debris.hpp>
#include <storage/git/fetch_failure.hpp>
#include <storage/git/ref_lookup.hpp>

namespace headway::git {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;
using ending = child_result::ending;
using tips = std::map<std::string, oid>;

// Bytes in a second below which a connection counts as dead. A server that counts objects sends one
// byte of keep-alive in a second, which must not end a transfer; the total deadline ends a trickle.
constexpr unsigned slowest_answer = 1024;
constexpr unsigned slowest_transfer = 1;

enum class atomicity { all_or_nothing, each_alone };

class attempt {
 public:
  attempt(const fetch_target& target, const fetch_options& options, const cancellation& cancel)
      : target_{target},
        options_{options},
        cancel_{cancel},
        caller_{target.location, options.allowed_schemes},
        debris_{target.location, target.refs},
        end_{clock::now() + std::clamp(options.deadline, milliseconds{0}, longest)} {}

  remote_fetch_report report();

 private:
  static constexpr milliseconds longest{std::chrono::hours{24 * 365}};

  void work();
  bool acceptable();
  bool in_place();
  bool prepare_ssh();
  void share_ssh(std::string command);
  std::optional<advertised_refs> probe();
  std::optional<std::vector<tracked_ref>> refs_to_compare();
  void apply(const fetch_plan& plan);
  bool transfer(const std::vector<tracked_ref>& moved, const tips& before);
  bool all_moved(const std::vector<tracked_ref>& moved, const tips& before);
  child_command transfer_command(const std::vector<tracked_ref>& moved, atomicity how) const;
  bool remove_gone(const std::vector<tracked_ref>& gone, const tips& before);
  std::optional<tips> read_tips();
  void note_updates(const tips& before, const tips& after);

  std::optional<child_result> run_git(std::string_view attempted, child_command command);
  bool fail(fetch_failure failure);
  bool fail(ec code, std::string sentence) { return fail(make_failure(code, std::move(sentence))); }
  std::string remote_words() const { return "remote '" + target_.remote.name + "'"; }

  const fetch_target& target_;
  const fetch_options& options_;
  const cancellation& cancel_;
  git_caller caller_;
  debris_watch debris_;
  clock::time_point end_;
  remote_fetch_report report_;
  bool killed_ = false;
};

remote_fetch_report attempt::report() {
  report_.remote = target_.remote.name;
  report_.started = std::chrono::system_clock::now();
  work();
  if (report_.code != ec::none)
    debris_.sweep_objects();
  if (killed_)
    debris_.sweep_locks();
  if (report_.code == ec::none)
    report_.outcome = report_.updates.empty() ? fetch_outcome::unchanged : fetch_outcome::updated;
  report_.finished = std::chrono::system_clock::now();
  return std::move(report_);
}

void attempt::work() {
  if (!acceptable() || !in_place() || !prepare_ssh())
    return;
  const auto begin = clock::now();
  const auto answer = options_.seen ? std::optional{*options_.seen} : probe();
  const auto answered = clock::now();
  report_.timing.probe = std::chrono::ceil<milliseconds>(answered - begin);
  if (!answer)
    return;
  const auto refs = refs_to_compare();
  if (!refs)
    return;
  const auto plan = compare(*refs, *answer);
  if (!plan.nothing_to_do())
    apply(plan);
  if (!plan.refused.empty())
    fail(ec::remote, remote_words() + ": " + plan.refused);
  report_.timing.transfer = std::chrono::ceil<milliseconds>(clock::now() - answered);
}

// The name becomes an argument, and git takes what is not the name of a remote for an address.
bool attempt::acceptable() {
  const auto& name = target_.remote.name;
  const auto odd = [](unsigned char c) { return c <= ' ' || c == ':' || c == 0x7f; };
  if (name.empty() || name == "." || name.front() == '-' || std::ranges::any_of(name, odd))
    return fail(ec::invalid_argument, "'" + name + "' is not the name of a remote");
  const auto transport = transport_of(target_.remote.display_url);
  if (transport.empty())
    return fail(ec::config, remote_words() + " has no address; set one with git remote set-url");
  if (!transport_allowed(transport, options_.allowed_schemes))
    return fail(ec::config, remote_words() + " is reached by '" + transport +
                                "', which fetch.allowed_schemes does not allow");
  return true;
}

bool attempt::in_place() {
  for (const auto& folder : {target_.location.path, target_.location.git_dir,
                             target_.location.common_dir + "/objects"}) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) == 0)
      continue;
    const int number = errno;
    const bool gone = number == ENOENT || number == ENOTDIR;
    const auto denied = number == EACCES ? ec::permission_denied : ec::io;
    return fail(gone ? ec::missing : denied, folder + ": " + std::strerror(number));
  }
  return true;
}

// git asks the environment first, then the configuration, then GIT_SSH, which takes no options.
bool attempt::prepare_ssh() {
  if (transport_of(target_.remote.display_url) != "ssh")
    return true;
  std::string configured;
  if (const char* given = std::getenv("GIT_SSH_COMMAND"); given != nullptr && *given != '\0') {
    configured = given;
  } else {
    const std::string_view attempted = "reading core.sshCommand";
    const auto read = run_git(attempted, caller_.local({"config", "--get", "core.sshCommand"}));
    if (!read)
      return false;
    if (read->how != ending::exited || read->status > 1)
      return fail(classify(attempted, *read));
    configured = read->output.substr(0, read->output.find('\n'));
  }
  if (const char* program = std::getenv("GIT_SSH");
      !configured.empty() || program == nullptr || *program == '\0')
    share_ssh(quiet_ssh_command(configured));
  return true;
}

void attempt::share_ssh(std::string command) {
  if (options_.ssh)
    command += options_.ssh->options_for(command, target_.remote.display_url);
  caller_.use_ssh_command(std::move(command));
}

std::optional<advertised_refs> attempt::probe() {
  std::vector<std::string> args{"ls-remote", "--quiet", "--refs"};
  for (auto& ref_class : ref_classes(target_.refs))
    args.push_back(std::move(ref_class));
  args.insert(args.end(), {"--", target_.remote.name});
  const auto attempted = "asking " + remote_words() + " for its refs";
  const auto result = run_git(attempted, caller_.remote(args, slowest_answer));
  if (!result)
    return {};
  if (result->how != ending::exited || result->status != 0) {
    fail(classify(attempted, *result));
    return {};
  }
  auto answer = parse_answer(result->output);
  if (!answer) {
    fail(code_of(answer.error()), attempted + ": " + detail_of(answer.error()));
    return {};
  }
  return std::move(*answer);
}

// What was seen before was compared with the clone as it was then. Without that the caller's tips
// count: a ref that the user has moved since must not be deleted.
std::optional<std::vector<tracked_ref>> attempt::refs_to_compare() {
  if (!options_.seen)
    return target_.refs;
  auto refs = with_current_tips(target_.location, target_.refs);
  if (refs)
    return std::move(*refs);
  fail(code_of(refs.error()), "reading the remote-tracking refs: " + detail_of(refs.error()));
  return {};
}

// Deletes first: a branch "a" that is gone stands in the way of a new branch "a/b".
void attempt::apply(const fetch_plan& plan) {
  const auto before = read_tips();
  if (!before)
    return;
  if (!plan.gone.empty())
    remove_gone(plan.gone, *before);
  if (!plan.moved.empty() && !cancel_.requested())
    transfer(plan.moved, *before);
  if (!cancel_.requested() && clock::now() < end_)
    if (const auto after = read_tips())
      note_updates(*before, *after);
}

bool attempt::transfer(const std::vector<tracked_ref>& moved, const tips& before) {
  const auto attempted = "fetching from " + remote_words();
  // One ref that cannot move (a lock of the user's git, a rewritten branch whose refspec has no
  // "+") must not hold up the others; the objects are here already when the second call is made.
  for (const auto how : {atomicity::all_or_nothing, atomicity::each_alone}) {
    const auto result = run_git(attempted, transfer_command(moved, how));
    if (!result)
      return false;
    if (result->how == ending::exited && result->status == 0)
      return true;
    const auto ref_trouble = result->errors.find("[rejected]") != std::string::npos ||
                             result->errors.find("cannot lock ref") != std::string::npos ||
                             result->errors.find("could not be updated") != std::string::npos;
    const bool again =
        ref_trouble && result->how == ending::exited && how == atomicity::all_or_nothing;
    if (again)
      continue;
    if (ref_trouble && result->how == ending::exited && all_moved(moved, before))
      return true;
    return fail(classify(attempted, *result));
  }
  return true;
}

// Then what was refused was something else: a tag that the user's tagOpt asks for and that cannot
// move.
bool attempt::all_moved(const std::vector<tracked_ref>& moved, const tips& before) {
  const auto after = read_tips();
  return after && std::ranges::all_of(moved, [&](const tracked_ref& ref) {
           const auto now = after->find(ref.tracking_ref);
           const auto then = before.find(ref.tracking_ref);
           return now != after->end() && (then == before.end() || then->second != now->second);
         });
}

child_command attempt::transfer_command(const std::vector<tracked_ref>& moved,
                                        atomicity how) const {
  // Without looking for forced updates git takes every update for a fast-forward: it would rewrite
  // what no
  // "+" allows, and the reflog would say so too.
  std::vector<std::string> args{"fetch",
                                "--no-progress",
                                "--no-write-fetch-head",
                                "--no-auto-maintenance",
                                "--no-recurse-submodules",
                                "--show-forced-updates",
                                "--no-prune",
                                "--refmap="};
  if (how == atomicity::all_or_nothing)
    args.emplace_back("--atomic");
  args.insert(args.end(), {"--stdin", "--", target_.remote.name});
  auto command = caller_.remote(args, slowest_transfer);
  for (const auto& ref : moved)
    command.input += refspec_for(ref, target_.remote.fetch_refspecs) + "\n";
  // The reflog reads as after the user's own "git fetch origin".
  command.environment.emplace_back("GIT_REFLOG_ACTION", "fetch " + target_.remote.name);
  return command;
}

bool attempt::remove_gone(const std::vector<tracked_ref>& gone, const tips& before) {
  auto command =
      caller_.local({"update-ref", "--no-deref", "-m", "fetch --prune", "-z", "--stdin"});
  for (const auto& ref : gone) {
    if (!target_.location.bare && ref.tracking_ref.starts_with("refs/heads/"))
      return fail(ec::remote, remote_words() + " has no '" + ref.remote_ref + "' any more; '" +
                                  ref.tracking_ref + "' is a branch of this clone and was kept");
    if (!before.contains(ref.tracking_ref))
      continue;
    command.input += "delete " + ref.tracking_ref + '\0' + ref.tip->hex() + '\0';
  }
  if (command.input.empty())
    return true;
  const auto attempted = "deleting refs that are gone from " + remote_words();
  const auto result = run_git(attempted, std::move(command));
  if (!result)
    return false;
  if (result->how != ending::exited || result->status != 0)
    return fail(classify(attempted, *result));
  return true;
}

// cat-file takes any number of names on stdin; for-each-ref of this git would need them as
// arguments.
std::optional<tips> attempt::read_tips() {
  auto command = caller_.local({"cat-file", "--batch-check=%(objectname)"});
  for (const auto& ref : target_.refs)
    command.input += ref.tracking_ref + "\n";
  const std::string_view attempted = "reading the remote-tracking refs";
  const auto result = run_git(attempted, std::move(command));
  if (!result)
    return {};
  if (result->how != ending::exited || result->status != 0) {
    fail(classify(attempted, *result));
    return {};
  }
  tips found;
  std::string_view rest{result->output};
  for (const auto& ref : target_.refs) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (const auto id = oid::from_hex(rest.substr(0, end)))
      found.emplace(ref.tracking_ref, *id);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return found;
}

void attempt::note_updates(const tips& before, const tips& after) {
  const auto tip_in = [](const tips& where, const std::string& ref) {
    const auto found = where.find(ref);
    return found == where.end() ? std::optional<oid>{} : std::optional{found->second};
  };
  for (const auto& ref : target_.refs) {
    const auto then = tip_in(before, ref.tracking_ref);
    const auto now = tip_in(after, ref.tracking_ref);
    if (then != now)
      report_.updates.push_back({ref.tracking_ref, then, now});
  }
}

std::optional<child_result> attempt::run_git(std::string_view attempted, child_command command) {
  command.deadline = std::chrono::ceil<milliseconds>(end_ - clock::now());
  command.kill_grace = options_.kill_grace;
  auto result = run(command, cancel_);
  if (!result) {
    fail(code_of(result.error()), std::string{attempted} + ": " + detail_of(result.error()));
    return {};
  }
  killed_ = killed_ || result->how != ending::exited;
  return std::move(*result);
}

// The first failure is the one that explains the others.
bool attempt::fail(fetch_failure failure) {
  if (report_.code != ec::none)
    return false;
  report_.code = failure.code;
  report_.outcome = failure.outcome;
  report_.error = std::move(failure.sentence);
  return false;
}

}  // namespace

remote_fetch_report fetch(const fetch_target& target, const fetch_options& options,
                          const cancellation& cancel) {
  return attempt{target, options, cancel}.report();
}

}  // namespace headway::git
