#include <algorithm>

#include <storage/git/fetch_run.hpp>

namespace headway::git {

namespace {

using std::chrono::milliseconds;
using ending = child_result::ending;

constexpr milliseconds longest{std::chrono::hours{24 * 365}};

}  // namespace

fetch_run::fetch_run(const fetch_target& what, const fetch_options& how, const cancellation& stop)
    : target{what},
      options{how},
      cancel{stop},
      caller{what.location, how.allowed_schemes},
      end_{clock::now() + std::clamp(how.deadline, milliseconds{0}, longest)} {
  caller.use_patience(how.patience_with_silence);
  if (how.haste == fetch_haste::nobody_waits)
    caller.use_priority(child_priority::background);
}

milliseconds fetch_run::left() const {
  return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(end_ - clock::now()));
}

std::optional<child_result> fetch_run::run_git(std::string_view attempted, child_command command) {
  command.deadline = left();
  command.kill_grace = options.kill_grace;
  return note(attempted, run(command, cancel));
}

std::optional<child_result> fetch_run::run_git(std::string_view attempted, child_command command,
                                               child_feed& feed) {
  command.deadline = left();
  command.kill_grace = options.kill_grace;
  return note(attempted, run(command, feed, cancel));
}

std::optional<child_result> fetch_run::note(std::string_view attempted,
                                            caf::expected<child_result> result) {
  if (!result) {
    fail(attempted, result.error());
    return {};
  }
  return std::move(*result);
}

std::optional<child_result> fetch_run::must_run(std::string_view attempted, child_command command) {
  auto result = run_git(attempted, std::move(command));
  if (result && (result->how != ending::exited || result->status != 0)) {
    fail(classify(attempted, *result));
    return {};
  }
  return result;
}

bool fetch_run::fail(fetch_failure failure) {
  if (failed())
    return false;
  report.code = failure.code;
  report.outcome = failure.outcome;
  report.error = std::move(failure.sentence);
  if (failure.host != host_sign::none)
    report.host = failure.host;
  return false;
}

bool fetch_run::fail(std::string_view attempted, const caf::error& error) {
  return fail(code_of(error), std::string{attempted} + ": " + detail_of(error));
}

}  // namespace headway::git
