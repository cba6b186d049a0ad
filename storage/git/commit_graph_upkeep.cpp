#include <string>

#include <messages/error.hpp>
#include <storage/git/commit_graph_upkeep.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_failure.hpp>

namespace headway::git {

caf::error write_commit_graph(const repository_location& location, const cancellation& cancel) {
  const git_caller caller{location, {}};
  auto command = caller.local({"commit-graph", "write", "--reachable", "--split", "--no-progress"});
  command.deadline = std::chrono::minutes{30};
  const auto result = run(command, cancel);
  if (!result)
    return result.error();
  if (result->how == child_result::ending::exited && result->status == 0)
    return {};
  auto failure = classify("writing the commit-graph of " + location.path, *result);
  return make_error(failure.code, std::move(failure.sentence));
}

}  // namespace headway::git
