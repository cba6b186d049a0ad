#include <algorithm>

#include <messages/project.hpp>

namespace headway {

namespace {

std::optional<wall_time> first_of(const std::vector<remote_status>& remotes,
                                  std::optional<wall_time> remote_status::*time) {
  std::optional<wall_time> first;
  for (const auto& remote : remotes)
    if (remote.*time && (!first || *(remote.*time) < *first))
      first = remote.*time;
  return first;
}

std::optional<wall_time> last_fetch_behind(const branch_status* head,
                                           const std::vector<remote_status>& remotes) {
  if (head != nullptr)
    if (const auto it = std::ranges::find(remotes, head->remote, &remote_status::name);
        it != remotes.end())
      return it->last_fetch;
  return first_of(remotes, &remote_status::last_fetch);
}

}  // namespace

project_summary summary_of(const sync_status& document) {
  project_summary line;
  line.as_of = document.as_of;
  const branch_status* head = nullptr;
  for (const auto& branch : document.branches) {
    ++line.branches.at(static_cast<std::size_t>(branch.state));
    if (branch.head)
      head = &branch;
  }
  if (head != nullptr) {
    line.head = head->name;
    line.upstream = head->upstream;
    line.head_state = head->state;
    line.ahead = head->ahead;
    line.behind = head->behind;
  }
  line.last_fetch = last_fetch_behind(head, document.remotes);
  line.next_due = first_of(document.remotes, &remote_status::next_due);
  return line;
}

project_info line_of(const sync_status& document) {
  return {document.project, document.path, document.state, document.reason, summary_of(document)};
}

}  // namespace headway
