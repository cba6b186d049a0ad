/// What the steps of one fetch share: whom it is for, how long it may take, how it calls git, and
/// what it has come to. Private to storage/git.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <caf/error.hpp>

#include <storage/git/child_process.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_failure.hpp>
#include <storage/remote/http_probe.hpp>
#include <storage/remote/ls_refs.hpp>

namespace headway::git {

/// One thread. REQUIRES: what it is made of outlives it.
class fetch_run {
 public:
  using clock = std::chrono::steady_clock;

  fetch_run(const fetch_target& what, const fetch_options& how, const cancellation& stop);

  const fetch_target& target;
  const fetch_options& options;
  const cancellation& cancel;
  git_caller caller;
  remote_fetch_report report;
  /// With which the remote has to let us in; nothing: other logins serve.
  std::optional<remote::login> token;
  /// Of the remote, when a look at its refs has told them.
  std::optional<remote::advertised_tags> tags;

  /// Runs a child within what is left of the deadline. Nothing when it cannot be started, which is
  /// the failure then.
  std::optional<child_result> run_git(std::string_view attempted, child_command command);
  std::optional<child_result> run_git(std::string_view attempted, child_command command,
                                      child_feed& feed);
  /// The same, where another end than with status 0 is the failure too.
  std::optional<child_result> must_run(std::string_view attempted, child_command command);

  std::chrono::milliseconds left() const;
  bool over() const { return cancel.requested() || clock::now() >= end_; }

  /// The first failure is the one that explains the others. Answers false.
  bool fail(fetch_failure failure);
  bool fail(ec code, std::string sentence) { return fail(make_failure(code, std::move(sentence))); }
  bool fail(std::string_view attempted, const caf::error& error);
  bool failed() const { return report.code != ec::none; }

  /// "remote 'origin'"
  std::string remote_words() const { return "remote '" + target.remote.name + "'"; }

 private:
  std::optional<child_result> note(std::string_view attempted, caf::expected<child_result> result);

  clock::time_point end_;
};

/// Adds what passes until its end.
template <class Time>
class step_clock {
 public:
  explicit step_clock(Time& sum) : sum_{sum} {}
  ~step_clock() { sum_ += std::chrono::ceil<Time>(fetch_run::clock::now() - begin_); }
  step_clock(const step_clock&) = delete;
  step_clock& operator=(const step_clock&) = delete;

 private:
  Time& sum_;
  fetch_run::clock::time_point begin_ = fetch_run::clock::now();
};

}  // namespace headway::git
