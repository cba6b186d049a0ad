#include <algorithm>
#include <chrono>

#include <actors/discovery.hpp>
#include <actors/gateway/json.hpp>
#include <messages/error.hpp>
#include <tools/headway/node_commands.hpp>
#include <tools/headway/places.hpp>
#include <tools/headway/timing_bar.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

/// The paths to register; what cannot be searched goes into `troubles`.
std::vector<std::string> paths_of(const add_command& command, std::vector<trouble>& troubles,
                                  console& out) {
  std::vector<std::string> paths;
  for (const auto& path : command.paths)
    paths.push_back(resolved(path));
  if (command.where == add_command::search::exact)
    return paths;
  out.signals().make_fatal();
  auto found = discover_repositories(paths, [&](const std::string& folder, std::size_t count) {
    out.show("discovering: " + std::to_string(count) + " found, in " + folder);
  });
  out.signals().watch_again();
  for (const auto& [folder, error] : found.problems)
    troubles.push_back({folder, describe(error)});
  return std::move(found.paths);
}

std::string line_of(const node::added& added, const std::string& path) {
  const auto known = added.how == node::added::how_it_came::known_already;
  return added.id + "  " + terminal::printable(path) + (known ? "  (known already)\n" : "\n");
}

std::string line_of(const fetch_report& report, const remote_fetch_report& remote) {
  auto text = report.project.slug + "  " + terminal::printable(remote.remote) + "  " +
              std::string{to_string(remote.outcome)};
  if (!remote.updates.empty())
    text += "  " + std::to_string(remote.updates.size()) +
            (remote.updates.size() == 1 ? " ref moved" : " refs moved");
  return text + "\n";
}

bool has_failed(const remote_fetch_report& remote) noexcept {
  return remote.outcome != fetch_outcome::unchanged && remote.outcome != fetch_outcome::updated;
}

caf::expected<std::vector<std::string>> ids_to_fetch(const fetch_command& command, node& asked) {
  if (!command.ids.empty())
    return command.ids;
  auto projects = asked.list();
  if (!projects)
    return projects.error();
  // Whoever wants all does not mean those that somebody has suspended.
  std::erase_if(*projects, [](const project_info& project) {
    return project.state == project_state::suspended;
  });
  return ids_within(*projects, {});
}

int report_fetches(node::fetches found, fetch_command::times timings, console& out) {
  std::string text;
  std::ranges::sort(found.reports, {}, &fetch_report::project);
  for (const auto& report : found.reports)
    for (const auto& remote : report.remotes) {
      text += line_of(report, remote);
      if (timings == fetch_command::times::shown)
        text += timing_bar(remote);
      if (has_failed(remote))
        found.troubles.push_back({report.project.slug + ": " + remote.remote, remote.error});
    }
  for (const auto& id : found.nothing_to_fetch)
    text += id + "  -  nothing to fetch\n";
  const int written = out.print(text);
  out.complain(found.troubles);
  return written == exit_in_sync && found.troubles.empty() ? exit_in_sync : exit_error;
}

// A node that does not tell its rules has told why before: nothing is added to that.
void note_obstacles(const std::vector<std::string>& paths, node& asked, console& out) {
  if (paths.empty())
    return;
  const auto rules = asked.rules();
  if (!rules)
    return;
  for (const auto& path : paths)
    for (const auto& obstacle : obstacles_to_fetching(path, *rules))
      out.note("not fetched as things are: " + obstacle);
}

}  // namespace

int run_add(const add_command& command, node& asked, console& out) {
  std::vector<trouble> troubles;
  const auto paths = paths_of(command, troubles, out);
  std::string text;
  std::vector<std::string> added_paths;
  std::size_t done = 0;
  for (const auto& path : paths) {
    out.show(terminal::counted("adding", done++, paths.size()));
    const auto added = asked.add(path);
    if (out.rest(std::chrono::milliseconds{0}) == pace::stop)
      break;
    if (added) {
      text += line_of(*added, path);
      added_paths.push_back(path);
    } else {
      troubles.push_back({path, detail_of(added.error())});
    }
    // Without a node, every further path would wait for the same answer.
    if (!added && code_of(added.error()) == ec::network)
      break;
  }
  const int written = out.print(text);
  note_obstacles(added_paths, asked, out);
  out.complain(troubles);
  return written == exit_in_sync && troubles.empty() ? exit_in_sync : exit_error;
}

int run_remove(const remove_command& command, node& asked, console& out) {
  std::vector<trouble> troubles;
  for (const auto& id : command.ids)
    if (const auto error = asked.remove(id))
      troubles.push_back({id, detail_of(error)});
  out.complain(troubles);
  return troubles.empty() ? exit_in_sync : exit_error;
}

int run_activity(const activity_command& command, node& asked, console& out) {
  std::vector<trouble> troubles;
  for (const auto& id : command.ids)
    if (const auto error = asked.set_activity(id, command.wish))
      troubles.push_back({id, detail_of(error)});
  out.complain(troubles);
  return troubles.empty() ? exit_in_sync : exit_error;
}

int run_list(const list_command& command, node& asked, console& out) {
  const auto projects = asked.list();
  if (!projects)
    return out.fail(projects.error());
  if (command.form == wire_form::table)
    return out.print(project_table(*projects, out.columns(), out.colors()));
  std::string text{"["};
  for (const auto& project : *projects)
    text.append(text.size() == 1 ? "\n" : ",\n").append(project_info_json(project));
  return out.print(text + (projects->empty() ? "]\n" : "\n]\n"));
}

int run_fetch(const fetch_command& command, node& asked, console& out) {
  const auto ids = ids_to_fetch(command, asked);
  if (!ids)
    return out.fail(ids.error());
  return report_fetches(asked.fetch(*ids, out.watch()), command.timings, out);
}

}  // namespace headway::tools
