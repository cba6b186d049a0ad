#include <algorithm>
#include <csignal>

#include <tests/simulation/child.hpp>

namespace headway::simulation {

namespace {

using namespace std::chrono_literals;
using ending = git::child_result::ending;

constexpr auto attempted = "fetching";

// A cancelled child has at most this long, as storage/git/child_process.hpp says.
constexpr auto grace_of_the_cancelled = 120ms;

// So long a grandchild is listened to, and then waited for until it is gone, as
// storage/git/child_process.cpp says.
constexpr auto drain_time = 100ms;
constexpr auto burial_time = 40ms;

git::fetch_failure exits_with(const std::string& errors) {
  return git::classify(attempted, {ending::exited, 128, {}, errors});
}

// By words of git; those that it does not say to everybody are in storage/git/fetch_failure.cpp.
std::string words_of_status(const std::string& url, long status) {
  if (status == 401)
    return "fatal: Authentication failed for '" + url + "/'";
  return "fatal: unable to access '" + url +
         "/': The requested URL returned error: " + std::to_string(status);
}

void fail_here(child_script& script, dice& chance) {
  switch (chance.below(10)) {
    case 0:
      script.failure = exits_with(
          "fatal: write error: No space left on device\n"
          "fatal: fetch-pack: invalid index-pack output");
      return;
    case 1:
      script.takes = 0ms;
      script.held_back = true;
      script.failure =
          git::make_failure(ec::disk_full, "less than 2 GiB, or 5 percent, of its disk is free");
      return;
    case 2:
      script.takes = 0ms;
      script.failure = git::make_failure(ec::io, "cannot start git: Too many open files");
      return;
    case 3:
      script.takes = 0ms;
      script.failure =
          git::make_failure(ec::io, "cannot start git: Resource temporarily unavailable");
      return;
    case 4:
      script.failure = exits_with(
          "error: cannot fork() for index-pack: Resource temporarily unavailable\n"
          "fatal: fetch-pack: unable to fork off index-pack");
      return;
    case 5:
      script.failure = git::classify(attempted, {ending::signalled, SIGKILL, {}, {}});
      return;
    case 6:
      script.failure = exits_with("fatal: pack is corrupted (SHA1 mismatch)");
      return;
    case 7:
      script.failure = exits_with("error: object file .git/objects/5f/a1 is empty");
      return;
    case 8:
      script.failure = exits_with(
          "error: cannot lock ref 'refs/remotes/origin/a1': Unable to create "
          "'.git/refs/remotes/origin/a1.lock': File exists.");
      return;
    default:
      script.failure = git::classify(
          attempted, {ending::signalled, SIGPIPE, {}, "fatal: the remote end hung up"});
  }
}

void suffer(child_script& script, const host& at, const std::string& url) {
  switch (at.now) {
    case sickness::resets:
      script.failure = exits_with("fatal: unable to access '" + url +
                                  "/': Recv failure: Connection reset by peer");
      return;
    case sickness::refuses:
      script.failure = exits_with(words_of_status(url, at.status));
      return;
    case sickness::prompts:
      script.failure = exits_with("fatal: could not read Username for '" + at.key +
                                  "': terminal prompts disabled");
      return;
    default:
      return;
  }
}

}  // namespace

milliseconds answers_after(dice& chance, sickness how, milliseconds deadline) {
  switch (how) {
    case sickness::hangs:
      return deadline;
    case sickness::trickles:
      return std::min(deadline - 1ms, chance.between(5s, 25s));
    case sickness::resets:
      return chance.between(5ms, 100ms);
    default:
      return chance.between(20ms, 300ms);
  }
}

git::fetch_failure cancelled_child() {
  return git::classify(attempted, {ending::cancelled, SIGKILL, {}, {}});
}

child_script script_child(world& of, const fetch_job& job) {
  auto& chance = of.chance;
  const auto& at = of.host_of(job.target.remote.host);
  child_script script;
  script.takes = answers_after(chance, at.now, job.deadline) + chance.between(50ms, 2s);
  const bool is_stubborn = of.has(fault::stubborn_children) && chance.one_in(2);
  if (is_stubborn)
    script.outlives = std::min<milliseconds>(grace_of_the_cancelled, job.kill_grace);
  if (of.has(fault::clinging_grandchildren) && chance.one_in(2))
    script.clung_to = drain_time + chance.between(0ms, burial_time);
  if (of.has(fault::failing_fetches) && chance.one_in(4)) {
    fail_here(script, chance);
  } else if (script.takes >= job.deadline) {
    script.takes = job.deadline + (is_stubborn ? job.kill_grace : milliseconds{});
    script.failure = git::classify(attempted, {ending::timed_out, SIGKILL, {}, {}});
  } else {
    suffer(script, at, job.target.remote.display_url);
  }
  return script;
}

}  // namespace headway::simulation
