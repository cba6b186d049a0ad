#include <algorithm>

#include <tools/headway/live_view.hpp>
#include <tools/headway/places.hpp>
#include <tools/terminal/age.hpp>
#include <tools/terminal/table.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

using terminal::tone;

/// Heading, headings of the columns, and the line of keys.
constexpr std::size_t lines_around = 4;

bool is_trouble(project_state state) {
  return state == project_state::error || state == project_state::auth_required ||
         state == project_state::missing || state == project_state::corrupt;
}

std::uint32_t branches_in(const project_info& project, branch_state state) {
  return project.summary ? project.summary->branches[static_cast<std::size_t>(state)] : 0;
}

/// How much a project wants somebody; the more the earlier.
int urgency_of(const project_info& project) {
  if (is_trouble(project.state))
    return 3;
  for (const auto state :
       {branch_state::diverged, branch_state::upstream_gone, branch_state::unknown})
    if (branches_in(project, state) > 0)
      return 2;
  return branches_in(project, branch_state::behind) + branches_in(project, branch_state::ahead) > 0
             ? 1
             : 0;
}

std::uint64_t count_of(const project_info& project,
                       std::optional<std::uint64_t> project_summary::*count) {
  return project.summary ? ((*project.summary).*count).value_or(0) : 0;
}

std::string count_in_words(const project_info& project,
                           std::optional<std::uint64_t> project_summary::*count) {
  const auto value = project.summary ? (*project.summary).*count : std::nullopt;
  return value ? std::to_string(*value) : "-";
}

/// "3 behind, 1 diverged": the branches that are not as their upstreams.
std::string others_in_words(const project_info& project) {
  std::string text;
  for (const auto state : {branch_state::behind, branch_state::ahead, branch_state::diverged,
                           branch_state::upstream_gone, branch_state::unknown})
    if (const auto count = branches_in(project, state))
      text.append(text.empty() ? "" : ", ")
          .append(std::to_string(count) + " ")
          .append(to_string(state));
  return text.empty() ? "-" : text;
}

tone tone_of(const project_info& project) {
  switch (urgency_of(project)) {
    case 0:
      return tone::good;
    case 1:
      return tone::notice;
    default:
      return tone::bad;
  }
}

/// How the branch stands that is checked out, or what keeps that from being known.
std::string_view standing_of(const project_info& project) {
  if (is_trouble(project.state))
    return to_string(project.state);
  if (!project.summary)
    return "-";
  return project.summary->head_state ? to_string(*project.summary->head_state) : "detached";
}

/// What the knowledge of the remote is worth.
std::string_view freshness_of(const project_info& project) {
  return is_trouble(project.state) && project.state != project_state::auth_required &&
                 project.state != project_state::error
             ? "-"
             : to_string(project.state);
}

tone tone_of_freshness(project_state state) {
  switch (state) {
    case project_state::fresh:
      return tone::good;
    case project_state::suspended:
      return tone::faint;
    default:
      return is_trouble(state) ? tone::bad : tone::notice;
  }
}

std::string_view name_of_stage(fetch_stage stage) {
  return stage == fetch_stage::running ? "fetching" : "queued";
}

std::string padded(std::string_view text, std::size_t columns) {
  auto line = terminal::shortened(terminal::printable(text), columns);
  const auto width = terminal::width(line);
  return line + std::string(columns - std::min(columns, width), ' ');
}

}  // namespace

live_view::live_view(std::vector<std::string> directories) : directories_(std::move(directories)) {}

void live_view::replace(const std::vector<project_info>& projects) {
  auto before = std::exchange(known_, {});
  for (const auto& project : projects) {
    take(project);
    const auto old = before.find(project.id.slug);
    const auto now = known_.find(project.id.slug);
    // The end of a fetch may be among what was missed.
    if (old != before.end() && now != known_.end() && project.state == project_state::refreshing)
      now->second.stage = old->second.stage;
  }
}

void live_view::take(const project_info& project) {
  if (directories_.empty() || is_within(project.path, directories_))
    known_[project.id.slug].project = project;
}

void live_view::remove(const project_id& project) {
  known_.erase(project.slug);
}

void live_view::take_stage(const project_id& project, fetch_stage stage) {
  if (const auto found = known_.find(project.slug); found != known_.end())
    found->second.stage = stage;
}

std::vector<const live_view::entry*> live_view::visible() const {
  std::vector<const entry*> rows;
  for (const auto& [id, each] : known_)
    if (choice_ == choice::all || urgency_of(each.project) > 0)
      rows.push_back(&each);
  const auto rank = [this](const entry* each) -> std::int64_t {
    switch (order_) {
      case order::attention:
        return urgency_of(each->project);
      case order::name:
        return 0;
      case order::behind:
        return static_cast<std::int64_t>(count_of(each->project, &project_summary::behind));
      case order::ahead:
        return static_cast<std::int64_t>(count_of(each->project, &project_summary::ahead));
    }
    return 0;
  };
  std::ranges::stable_sort(rows, [&](const entry* a, const entry* b) { return rank(a) > rank(b); });
  return rows;
}

live_view::wish live_view::press(const terminal::key_press& pressed) {
  using terminal::key;
  const auto page = static_cast<std::ptrdiff_t>(page_);
  switch (pressed.which) {
    case key::up:
      move(-1);
      break;
    case key::down:
      move(1);
      break;
    case key::page_up:
      move(-page);
      break;
    case key::page_down:
      move(page);
      break;
    case key::home:
      move(-static_cast<std::ptrdiff_t>(known_.size()));
      break;
    case key::end:
      move(static_cast<std::ptrdiff_t>(known_.size()));
      break;
    case key::escape:
      return wish::quit;
    case key::enter:
      break;
    case key::other:
      if (pressed.letter == 'q')
        return wish::quit;
      if (pressed.letter == 'f')
        return selected_.empty() ? wish::nothing : wish::fetch;
      if (pressed.letter == 'k' || pressed.letter == 'j')
        move(pressed.letter == 'k' ? -1 : 1);
      if (pressed.letter == 's')
        order_ = static_cast<order>((static_cast<int>(order_) + 1) % 4);
      if (pressed.letter == 'a')
        choice_ = choice_ == choice::all ? choice::attention : choice::all;
      break;
  }
  return wish::nothing;
}

void live_view::move(std::ptrdiff_t by) {
  const auto rows = visible();
  if (rows.empty())
    return selected_.clear();
  const auto at =
      std::ranges::find(rows, selected_, [](const entry* each) { return each->project.id.slug; });
  // The first key selects the first row.
  const auto from = at == rows.end() ? (by > 0 ? -1 : 0) : at - rows.begin();
  const auto last = static_cast<std::ptrdiff_t>(rows.size()) - 1;
  const auto to = std::clamp<std::ptrdiff_t>(from + by, 0, last);
  selected_ = rows[static_cast<std::size_t>(to)]->project.id.slug;
}

std::string live_view::heading(const look& how, std::size_t shown) const {
  std::size_t waiting = 0;
  std::size_t fetching = 0;
  for (const auto& [id, each] : known_) {
    waiting += urgency_of(each.project) > 0 ? 1 : 0;
    fetching += each.stage == fetch_stage::running ? 1 : 0;
  }
  auto text = how.address + "  " + std::to_string(known_.size()) + " projects, " +
              std::to_string(waiting) + " need attention";
  if (fetching > 0)
    text += ", " + std::to_string(fetching) + " fetching";
  if (shown < known_.size())
    text += "; " + std::to_string(shown) + " shown";
  return padded(text, how.columns);
}

std::string live_view::body(const look& how, const std::vector<const entry*>& rows) const {
  terminal::table table{{{.heading = "  PROJECT", .narrowest = 12},
                         {.heading = "BRANCH", .narrowest = 8, .leaves = 3},
                         {.heading = "AHEAD", .side = terminal::alignment::right},
                         {.heading = "BEHIND", .side = terminal::alignment::right},
                         {.heading = "STATE", .narrowest = 7},
                         {.heading = "REMOTE", .narrowest = 7},
                         {.heading = "BRANCHES", .narrowest = 10, .leaves = 2},
                         {.heading = "FETCHED", .leaves = 1}}};
  for (const auto* each : rows) {
    const auto& project = each->project;
    const auto& summary = project.summary;
    const bool is_chosen = project.id.slug == selected_;
    const bool is_busy = each->stage != fetch_stage::done;
    table.add({{(is_chosen ? "> " : "  ") + project.id.slug, tone::heading},
               {summary && !summary->head.empty() ? summary->head : "-"},
               {count_in_words(project, &project_summary::ahead)},
               {count_in_words(project, &project_summary::behind)},
               {std::string{standing_of(project)}, tone_of(project)},
               {std::string{is_busy ? name_of_stage(each->stage) : freshness_of(project)},
                is_busy ? tone::notice : tone_of_freshness(project.state)},
               {others_in_words(project), tone_of(project)},
               {summary ? terminal::age(summary->last_fetch, how.now) : "-", tone::faint}});
  }
  return table.render(how.columns, how.colors);
}

std::string live_view::picture(const look& how) {
  static constexpr std::string_view orders[] = {"attention", "name", "behind", "ahead"};
  const auto rows = visible();
  page_ = how.rows > lines_around + 1 ? how.rows - lines_around : 1;
  const auto chosen =
      std::ranges::find(rows, selected_, [](const entry* each) { return each->project.id.slug; });
  if (chosen != rows.end()) {
    const auto at = static_cast<std::size_t>(chosen - rows.begin());
    top_ = at < top_ ? at : at >= top_ + page_ ? at - page_ + 1 : top_;
  }
  top_ = std::min(top_, rows.size() > page_ ? rows.size() - page_ : 0);
  const auto first = rows.begin() + static_cast<std::ptrdiff_t>(top_);
  const auto count = std::min(page_, rows.size() - top_);
  const auto last = first + static_cast<std::ptrdiff_t>(count);

  auto text = terminal::painted(heading(how, rows.size()), tone::heading, how.colors) + "\n";
  text += rows.empty() ? "\n" : body(how, {first, last});
  for (auto lines = rows.empty() ? std::size_t{0} : count; lines < page_; ++lines)
    text += "\n";
  const auto keys = "q quit  arrows select  f fetch  a attention only  s sort: " +
                    std::string{orders[static_cast<std::size_t>(order_)]};
  text += terminal::painted(padded(how.note, how.columns), tone::notice, how.colors) + "\n";
  return text + terminal::painted(padded(keys, how.columns), tone::faint, how.colors);
}

}  // namespace headway::tools
