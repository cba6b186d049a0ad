#include <system_error>

#include <config/load.hpp>
#include <config/override.hpp>
#include <config/validate.hpp>
#include <messages/error.hpp>
#include <tools/headwayd/configuration.hpp>

namespace headway::tools {

namespace {

namespace fs = std::filesystem;

std::optional<fs::path> file_to_read(const node_options& options, const environment& variables) {
  if (options.config_file)
    return fs::path{*options.config_file};
  const auto usual = usual_config_file(variables);
  std::error_code error;
  // A file that exists and cannot be looked at is to be reported, not passed over.
  const auto kind = usual ? fs::status(*usual, error).type() : fs::file_type::not_found;
  if (kind == fs::file_type::not_found)
    return std::nullopt;
  return *usual;
}

void apply(node_configuration& result, const std::string& assignment, std::string_view source) {
  if (auto problem = apply_override(result.config, assignment)) {
    problem->file = source;
    result.problems.push_back(std::move(*problem));
  }
}

void choose_data_directory(node_configuration& result, const node_options& options,
                           const environment& variables) {
  auto& directory = result.config.engine.database.directory;
  if (options.keeps == node_options::memory::none) {
    directory.clear();
    return;
  }
  if (!directory.empty())
    return;
  if (const auto usual = state_directory(variables))
    directory = usual->string();
  else
    result.problems.push_back({.key = "database.directory", .message = detail_of(usual.error())});
}

void choose_cache_directory(node_configuration& result, const node_options& options,
                            const environment& variables) {
  auto& directory = result.config.engine.graph.cache_directory;
  if (options.keeps == node_options::memory::none)
    directory.clear();
  else if (directory.empty())
    // Without a home there is no cache, which costs only time.
    if (const auto usual = cache_directory(variables))
      directory = usual->string();
}

}  // namespace

node_configuration configure(const node_options& options, const environment& variables) {
  node_configuration result;
  result.file = file_to_read(options, variables);
  if (result.file) {
    auto loaded = load_file(*result.file);
    result.config = std::move(loaded.config);
    result.problems = std::move(loaded.diagnostics);
  }
  const bool file_is_fine = result.problems.empty();
  for (const auto& assignment : options.overrides)
    apply(result, assignment, "--set");
  if (options.log_level)
    apply(result, "log.level=" + *options.log_level, "--log-level");
  choose_data_directory(result, options, variables);
  choose_cache_directory(result, options, variables);
  // After a file with errors, contradictions may be made of its defaults.
  if (file_is_fine && result.problems.empty())
    result.problems = validate(result.config);
  return result;
}

}  // namespace headway::tools
