#include <algorithm>

#include <tools/report/attention.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

bool is_error(project_state state) noexcept {
  switch (state) {
    case project_state::error:
    case project_state::auth_required:
    case project_state::missing:
    case project_state::corrupt:
      return true;
    case project_state::fresh:
    case project_state::stale:
    case project_state::refreshing:
    case project_state::suspended:
      return false;
  }
  return true;
}

}  // namespace

bool needs_attention(const branch_status& branch) noexcept {
  switch (branch.state) {
    case branch_state::in_sync:
    case branch_state::no_upstream:
    case branch_state::unborn:
      return false;
    case branch_state::ahead:
    case branch_state::behind:
    case branch_state::diverged:
    case branch_state::upstream_gone:
    case branch_state::unknown:
      return true;
  }
  return true;
}

bool needs_attention(const sync_status& status) noexcept {
  return is_error(status.state) ||
         std::ranges::any_of(status.branches,
                             [](const branch_status& branch) { return needs_attention(branch); });
}

int exit_status(const std::vector<sync_status_ptr>& statuses, const std::vector<trouble>& troubles,
                exit_rule rule) noexcept {
  if (rule == exit_rule::errors_only)
    return exit_in_sync;
  const bool needed =
      !troubles.empty() || std::ranges::any_of(statuses, [](const sync_status_ptr& status) {
        return needs_attention(*status);
      });
  return needed ? exit_attention : exit_in_sync;
}

std::vector<trouble> troubles_of(const std::vector<sync_status_ptr>& statuses) {
  std::vector<trouble> result;
  for (const auto& status : statuses) {
    if (is_error(status->state))
      result.push_back({status->project.slug, status->reason.empty()
                                                  ? std::string{to_string(status->state)}
                                                  : status->reason});
    for (const auto& branch : status->branches)
      if (branch.state == branch_state::unknown && !branch.reason.empty())
        result.push_back({status->project.slug + ": " + branch.name, branch.reason});
  }
  return result;
}

std::string listed(std::string_view program, const std::vector<trouble>& troubles) {
  std::string text;
  for (const auto& trouble : troubles)
    text.append(program)
        .append(": ")
        .append(terminal::printable(trouble.subject))
        .append(": ")
        .append(terminal::printable(trouble.reason))
        .append("\n");
  return text;
}

}  // namespace headway::tools
