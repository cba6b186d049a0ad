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

namespace {

/// What is left of what was found, in the order that was asked for.
status_finding arranged(const status_finding& found, const status_command& command) {
  status_finding result = found;
  result.statuses.clear();
  result.documents.clear();
  for (const auto at : arranged(found.statuses, command.filter, command.order)) {
    result.statuses.push_back(narrowed(found.statuses[at], command.filter));
    if (command.form == wire_form::json)
      result.documents.push_back(found.documents[at]);
  }
  return result;
}

std::string in_words(const status_finding& found, const status_command& command,
                     const console& out) {
  if (command.form == wire_form::json)
    return json_array(found.documents);
  if (!command.format)
    return status_table(found.statuses, out.table_look(command.branches, found.memory));
  std::string text;
  for (const auto& status : found.statuses)
    text += command.format->lines(*status);
  return text;
}

}  // namespace

int report_status(const status_finding& all, const status_command& command, console& out) {
  const auto found = arranged(all, command);
  const int written = out.print(in_words(found, command, out));
  if (all.statuses.empty() && all.troubles.empty() && all.errors.empty())
    out.note("no Git repository there");
  out.complain(found.errors);
  out.complain(found.troubles);
  if (command.form == wire_form::table && !command.format)
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
