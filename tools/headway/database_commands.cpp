#include <filesystem>

#include <actors/database/database_care.hpp>
#include <config/load.hpp>
#include <config/units.hpp>
#include <messages/error.hpp>
#include <tools/headway/database_commands.hpp>
#include <tools/headway/places.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

std::string size_of(std::uint64_t bytes) {
  return format_size(bytes < 1u << 20 ? bytes / 1024 * 1024 : bytes >> 20 << 20);
}

std::string file_of(const database_command& command) {
  return command.file.empty() ? command.file : resolved(command.file);
}

int check(const std::string& directory, console& out) {
  const auto report = check_database(directory);
  if (!report)
    return out.fail(report.error());
  auto text = directory + ": schema version " + std::to_string(report->schema_version) + ", " +
              std::to_string(report->projects) + " projects, " + std::to_string(report->branches) +
              " branches, " + size_of(report->bytes) + " (" + size_of(report->free_bytes) +
              " free)\n";
  for (const auto& problem : report->problems)
    text += "  " + terminal::printable(problem) + "\n";
  text +=
      report->problems.empty()
          ? "no damage\n"
          : "damaged; headway db restore puts a backup in its place, and a node that starts saves "
            "the projects\n";
  const int written = out.print(text);
  return written != exit_in_sync    ? written
         : report->problems.empty() ? exit_in_sync
                                    : exit_attention;
}

int back_up(const std::string& directory, const database_command& command, console& out) {
  const auto copy = back_up_database(directory, file_of(command));
  return copy ? out.print("backed up to " + *copy + "\n") : out.fail(copy.error());
}

int restore(const std::string& directory, const database_command& command, console& out) {
  const auto done = restore_database(directory, file_of(command));
  if (!done)
    return out.fail(done.error());
  return out.print("restored from " + done->backup +
                   (done->kept.empty() ? "\n" : "; what was there is now " + done->kept + "\n"));
}

int compact(const std::string& directory, console& out) {
  const auto sizes = compact_database(directory);
  return sizes ? out.print(size_of(sizes->before) + " before, " + size_of(sizes->after) + " now\n")
               : out.fail(sizes.error());
}

}  // namespace

caf::expected<std::string> data_directory(const std::optional<std::string>& named,
                                          const environment& variables) {
  if (named)
    return resolved(*named);
  std::error_code ignored;
  if (const auto file = usual_config_file(variables);
      file && std::filesystem::exists(*file, ignored)) {
    const auto loaded = load_file(*file);
    if (!loaded.ok())
      return make_error(ec::config, file->string() +
                                        " is wrong (headwayd --check-config says how); " +
                                        "name the data directory with --directory");
    if (const auto& configured = loaded.config.engine.database.directory; !configured.empty())
      return configured;
  }
  const auto usual = state_directory(variables);
  if (!usual)
    return usual.error();
  return usual->string();
}

int run_database(const database_command& command, console& out) {
  const auto directory = data_directory(command.directory, process_environment());
  if (!directory)
    return out.fail(directory.error());
  // Each of them ends by itself; a second file that is half written is replaced by the next
  // attempt.
  out.signals().make_fatal();
  switch (command.what) {
    case database_command::task::check:
      return check(*directory, out);
    case database_command::task::backup:
      return back_up(*directory, command, out);
    case database_command::task::restore:
      return restore(*directory, command, out);
    case database_command::task::compact:
      return compact(*directory, out);
  }
  return exit_error;
}

}  // namespace headway::tools
