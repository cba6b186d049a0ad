#include <algorithm>
#include <array>
#include <cstddef>

#include <tools/report/attention.hpp>
#include <tools/report/status_table.hpp>
#include <tools/terminal/age.hpp>
#include <tools/terminal/table.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

using terminal::alignment;
using terminal::cell;
using terminal::tone;

constexpr std::string_view nothing = "-";

tone look_of(branch_state state) noexcept {
  switch (state) {
    case branch_state::in_sync:
      return tone::good;
    case branch_state::ahead:
    case branch_state::behind:
      return tone::notice;
    case branch_state::diverged:
    case branch_state::upstream_gone:
    case branch_state::unknown:
      return tone::bad;
    case branch_state::no_upstream:
    case branch_state::unborn:
      return tone::faint;
  }
  return tone::normal;
}

tone look_of(project_state state) noexcept {
  switch (state) {
    case project_state::fresh:
      return tone::good;
    case project_state::stale:
    case project_state::refreshing:
      return tone::notice;
    case project_state::suspended:
      return tone::faint;
    case project_state::error:
    case project_state::auth_required:
    case project_state::missing:
    case project_state::corrupt:
      return tone::bad;
  }
  return tone::normal;
}

bool is_shown(const branch_status& branch, branch_choice choice) noexcept {
  return choice == branch_choice::all || branch.head || branch.state != branch_state::no_upstream;
}

cell count_cell(const std::optional<std::uint64_t>& count) {
  if (!count)
    return {std::string{nothing}, tone::faint};
  return {std::to_string(*count), *count == 0 ? tone::faint : tone::normal};
}

cell failed_fetch(const remote_status& remote, const std::string& age) {
  switch (remote.outcome) {
    case fetch_outcome::failed:
    case fetch_outcome::timed_out:
      return {age + ", failing", tone::bad};
    case fetch_outcome::auth_required:
      return {age + ", no access", tone::bad};
    case fetch_outcome::never:
    case fetch_outcome::unchanged:
    case fetch_outcome::updated:
    case fetch_outcome::cancelled:
      break;
  }
  return {age, tone::normal};
}

cell fetched_cell(const sync_status& status, const branch_status& branch,
                  const table_options& options) {
  // A document that came over HTTP names the upstream only: "origin/main".
  const auto remote = std::ranges::find_if(status.remotes, [&](const remote_status& x) {
    return branch.remote.empty() ? branch.upstream.starts_with(x.name + "/")
                                 : branch.remote == x.name;
  });
  if (remote == status.remotes.end())
    return {std::string{nothing}, tone::faint};
  if (!remote->last_fetch && options.memory == fetch_memory::none &&
      remote->outcome == fetch_outcome::never)
    return {std::string{nothing}, tone::faint};
  return failed_fetch(*remote, terminal::age(remote->last_fetch, options.now));
}

std::vector<cell> branch_row(const sync_status& status, const branch_status& branch,
                             const table_options& options) {
  return {{status.project.slug, tone::heading},
          {(branch.head ? "* " : "  ") + branch.name},
          {branch.upstream.empty() ? std::string{nothing} : branch.upstream,
           branch.upstream.empty() ? tone::faint : tone::normal},
          count_cell(branch.ahead),
          count_cell(branch.behind),
          {std::string{to_string(branch.state)}, look_of(branch.state)},
          fetched_cell(status, branch, options)};
}

/// The row of whatever has no branch of its own.
std::vector<cell> lone_row(const sync_status& status, std::string where, cell state) {
  const cell absent{std::string{nothing}, tone::faint};
  return {{status.project.slug, tone::heading},
          {std::move(where)},
          absent,
          absent,
          absent,
          std::move(state),
          absent};
}

struct sums {
  std::size_t projects = 0;
  std::size_t branches = 0;
  std::size_t hidden = 0;
  std::array<std::size_t, 8> by_state{};
};

void count_branch(sums& sum, const branch_status& branch, branch_choice choice) {
  ++sum.branches;
  ++sum.by_state[static_cast<std::size_t>(branch.state)];
  if (!is_shown(branch, choice))
    ++sum.hidden;
}

void add_rows(terminal::table& table, sums& sum, const sync_status& status,
              const table_options& options) {
  ++sum.projects;
  const auto rows_before = table.rows();
  if (status.detached_head)
    table.add(lone_row(status, "* (detached at " + status.detached_head->substr(0, 10) + ")",
                       {"detached", tone::faint}));
  for (const auto& branch : status.branches) {
    count_branch(sum, branch, options.branches);
    if (is_shown(branch, options.branches))
      table.add(branch_row(status, branch, options));
  }
  if (table.rows() == rows_before)
    table.add(lone_row(status, "  " + std::string{nothing},
                       {std::string{to_string(status.state)}, look_of(status.state)}));
}

std::string plural(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string{noun} +
         (count == 1         ? ""
          : noun == "branch" ? "es"
                             : "s");
}

std::string sum_line(const sums& sum) {
  auto text = plural(sum.projects, "project") + ", " + plural(sum.branches, "branch");
  const char* separator = ": ";
  for (std::size_t i = 0; i < sum.by_state.size(); ++i)
    if (sum.by_state[i] != 0) {
      text.append(separator)
          .append(std::to_string(sum.by_state[i]))
          .append(" ")
          .append(to_string(static_cast<branch_state>(i)));
      separator = ", ";
    }
  if (sum.hidden != 0)
    text += " (" + std::to_string(sum.hidden) + " without upstream not shown: --all-branches)";
  return text;
}

}  // namespace

std::string status_table(const std::vector<sync_status_ptr>& statuses,
                         const table_options& options) {
  if (statuses.empty())
    return {};
  terminal::table table{{{.heading = "PROJECT", .narrowest = 10},
                         {.heading = "  BRANCH", .narrowest = 12},
                         {.heading = "UPSTREAM", .narrowest = 12, .leaves = 2},
                         {.heading = "AHEAD", .side = alignment::right},
                         {.heading = "BEHIND", .side = alignment::right},
                         {.heading = "STATE"},
                         {.heading = "FETCHED", .leaves = 1}}};
  sums sum;
  for (const auto& status : statuses)
    add_rows(table, sum, *status, options);
  return table.render(options.columns, options.colors) +
         terminal::painted(terminal::wrapped(sum_line(sum), options.columns), tone::faint,
                           options.colors) +
         "\n";
}

std::string project_table(const std::vector<project_info>& projects, std::size_t columns,
                          terminal::color_use colors) {
  terminal::table table{{{.heading = "PROJECT", .narrowest = 10},
                         {.heading = "PATH", .narrowest = 16},
                         {.heading = "STATE"},
                         {.heading = "REASON", .narrowest = 10, .leaves = 1}}};
  for (const auto& project : projects)
    table.add({{project.id.slug, tone::heading},
               {project.path},
               {std::string{to_string(project.state)}, look_of(project.state)},
               {project.reason}});
  return table.render(columns, colors);
}

}  // namespace headway::tools
