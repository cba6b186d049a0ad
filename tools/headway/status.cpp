#include <messages/error.hpp>
#include <tools/headway/status.hpp>

namespace headway::tools {

namespace {

std::string json_array(const std::vector<std::string>& documents) {
  std::string text{"["};
  const char* separator = "\n";
  for (const auto& document : documents) {
    text.append(separator).append(document);
    separator = ",\n";
  }
  return text.append(documents.empty() ? "]\n" : "\n]\n");
}

}  // namespace

int report_status(const status_finding& found, const status_command& command, console& out) {
  const auto text =
      command.form == wire_form::json
          ? json_array(found.documents)
          : status_table(found.statuses, out.table_look(command.branches, found.memory));
  const int written = out.print(text);
  if (found.statuses.empty() && found.troubles.empty() && found.errors.empty())
    out.note("no Git repository there");
  out.complain(found.errors);
  out.complain(found.troubles);
  if (command.form == wire_form::table)
    out.complain(troubles_of(found.statuses));
  if (written != exit_in_sync || !found.errors.empty())
    return exit_error;
  return exit_status(found.statuses, found.troubles, command.rule);
}

int run_status(const status_command& command, const headway_options& options, console& out) {
  const auto found =
      options.node ? node_status(command, *options.node, out) : local_status(command, out);
  out.end_progress();
  if (const auto status = out.interrupted())
    return *status;
  return found ? report_status(*found, command, out) : out.fail(found.error());
}

}  // namespace headway::tools
