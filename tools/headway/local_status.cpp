#include <algorithm>
#include <filesystem>
#include <iterator>

#include <actors/discovery.hpp>
#include <actors/engine.hpp>
#include <actors/gateway/json.hpp>
#include <messages/error.hpp>
#include <tools/headway/places.hpp>
#include <tools/headway/status.hpp>
#include <tools/process/directories.hpp>
#include <tools/survey/survey.hpp>

namespace headway::tools {

namespace {

engine_config config_of_a_visit(const status_command& command) {
  engine_config config;
  if (const auto cache = cache_directory(process_environment()))
    config.graph.cache_directory = cache->string();
  config.database.directory.clear();
  config.fetch.background = fetch_config::background_mode::off;
  config.projects.watch = projects_config::watch_mode::off;
  // It is the person's own fetch of their own clones, as by git.
  config.fetch.allowed_schemes = known_schemes;
  if (command.programs == status_command::configured_programs::run)
    config.fetch.trusted_repositories = {"/"};
  // Whoever pressed Ctrl-C waits; nothing can be lost.
  config.stop_deadline = milliseconds{3'000};
  return config;
}

std::vector<std::string> repositories_in(const places& where, status_finding& finding,
                                         console& out) {
  auto paths = where.repositories;
  if (where.roots.empty())
    return paths;
  out.signals().make_fatal();
  auto found =
      discover_repositories(where.roots, [&](const std::string& folder, std::size_t count) {
        out.show("discovering: " + std::to_string(count) + " found, in " + folder);
      });
  out.signals().watch_again();
  for (const auto& [folder, error] : found.problems)
    finding.troubles.push_back({folder, describe(error)});
  std::ranges::move(found.paths, std::back_inserter(paths));
  return paths;
}

void append(std::vector<trouble>& all, const std::vector<trouble>& some) {
  all.insert(all.end(), some.begin(), some.end());
}

void ask(engine& engine, const std::vector<std::string>& paths, const status_command& command,
         status_finding& finding, console& out) {
  const auto added = add_all(engine, paths, out.watch());
  append(finding.troubles, added.troubles);
  if (!added.complete)
    return;
  // The engine knows what there is to fetch once it has read the refs.
  auto found = status_of_all(engine, out.watch());
  if (command.fresh == status_command::freshness::fetch_first && found.complete) {
    const auto fetched = fetch_all(engine, out.watch());
    append(finding.troubles, fetched.troubles);
    if (fetched.complete)
      found = status_of_all(engine, out.watch());
  }
  append(finding.troubles, found.troubles);
  finding.statuses = std::move(found.statuses);
}

}  // namespace

caf::expected<status_finding> local_status(const status_command& command, console& out) {
  status_finding finding;
  finding.memory = fetch_memory::none;
  std::error_code error;
  const auto current = std::filesystem::current_path(error);
  if (error && command.directories.empty())
    return make_error(ec::missing, "the current directory does not exist; name one");
  auto where = places_to_look(command.directories, current);
  finding.errors = std::move(where.errors);
  const auto paths = repositories_in(where, finding, out);
  if (paths.empty() || out.rest(milliseconds{0}) == pace::stop)
    return finding;
  engine visiting{config_of_a_visit(command)};
  if (auto failure = visiting.start())
    return failure;
  ask(visiting, paths, command, finding, out);
  out.signals().make_fatal();
  visiting.stop();
  if (command.form == wire_form::json)
    for (const auto& status : finding.statuses)
      finding.documents.push_back(sync_status_json(*status));
  return finding;
}

}  // namespace headway::tools
