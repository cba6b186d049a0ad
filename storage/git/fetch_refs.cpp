#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include <storage/git/fetch_debris.hpp>
#include <storage/git/fetch_refs.hpp>
#include <storage/git/files.hpp>

namespace headway::git {

namespace fs = std::filesystem;

namespace {

using ending = child_result::ending;

void append(std::string& input, const ref_change& change) {
  const auto hex = [](const std::optional<oid>& id) { return id.value_or(oid{}).hex(); };
  if (change.after)
    input.append("update ").append(change.name).append(1, '\0').append(change.after->hex());
  else
    input.append("delete ").append(change.name);
  input.append(1, '\0').append(hex(change.before)).append(1, '\0');
}

/// The refs of one call of update-ref.
class ref_transaction {
 public:
  ref_transaction(fetch_run& run, const std::string& folder) : run_{run}, folder_{folder} {}

  /// Whether all have moved; nothing when git cannot be run.
  std::optional<bool> move(const std::vector<const ref_change*>& changes) {
    const auto result = run_.run_git("moving the remote-tracking refs", command_for(changes));
    if (!result)
      return {};
    if (result->how != ending::exited)
      sweep_locks(run_.target.location, folder_);
    if (result->how == ending::exited && result->status == 0)
      return true;
    last_ = *result;
    return false;
  }

  const child_result& last() const { return last_; }

 private:
  child_command command_for(const std::vector<const ref_change*>& changes) const {
    auto command = run_.caller.local(
        {"update-ref", "--no-deref", "-m", changes.front()->message, "-z", "--stdin"});
    // It holds locks that the person's own git may want.
    command.priority = child_priority::usual;
    std::vector<planned_lock> plan;
    for (const auto* change : changes) {
      append(command.input, *change);
      plan.push_back({change->name, change->after});
    }
    note_locks(folder_, plan);
    return command;
  }

  fetch_run& run_;
  const std::string& folder_;
  child_result last_;
};

bool was_overtaken(const std::string& errors) {
  return errors.find("but expected") != std::string::npos ||
         errors.find("reference already exists") != std::string::npos ||
         errors.find("unable to resolve reference") != std::string::npos;
}

// A failure that another try with fewer refs may pass by.
bool is_of_a_ref(const child_result& result) {
  // The second is all that newer versions of git say of a name that is a folder of another.
  return result.how == ending::exited &&
         (result.errors.find("cannot lock ref") != std::string::npos ||
          result.errors.find("exists; cannot create") != std::string::npos);
}

std::map<std::string, std::vector<const ref_change*>> by_message(
    const std::vector<ref_change>& changes) {
  std::map<std::string, std::vector<const ref_change*>> result;
  for (const auto& change : changes)
    result[change.message].push_back(&change);
  return result;
}

std::string branch_of(const std::string& head_file) {
  constexpr std::string_view symbolic = "ref: ";
  const auto content = read_file(head_file);
  if (!content || !content->starts_with(symbolic))
    return {};
  return std::string{trim_end(std::string_view{*content}.substr(symbolic.size()))};
}

}  // namespace

std::optional<moved_refs> move_refs(fetch_run& run, const std::string& folder,
                                    std::vector<ref_change> changes) {
  moved_refs result;
  ref_transaction transaction{run, folder};
  for (const auto& [message, group] : by_message(changes)) {
    const auto all = transaction.move(group);
    if (!all)
      return {};
    if (*all)
      continue;
    if (!is_of_a_ref(transaction.last())) {
      run.fail(classify("moving the remote-tracking refs", transaction.last()));
      return {};
    }
    for (const auto* change : group) {
      const auto alone = transaction.move({change});
      if (!alone)
        return {};
      if (*alone)
        continue;
      const auto& errors = transaction.last().errors;
      (was_overtaken(errors) ? result.overtaken : result.held).push_back(change->name);
      if (result.why.empty())
        result.why = meaningful_line(errors);
    }
  }
  return result;
}

std::vector<std::string> checked_out_branches(const repository_location& location) {
  std::vector<std::string> result;
  // The HEAD of a bare repository says which branch is the default, and nothing is checked out.
  if (!location.bare || location.git_dir != location.common_dir)
    result.push_back(branch_of(location.common_dir + "/HEAD"));
  std::error_code failed;
  for (fs::directory_iterator it{location.common_dir + "/worktrees", failed}, end;
       !failed && it != end; it.increment(failed))
    result.push_back(branch_of(it->path().native() + "/HEAD"));
  std::erase(result, std::string{});
  return result;
}

}  // namespace headway::git
