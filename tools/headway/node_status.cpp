#include <messages/error.hpp>
#include <tools/client/node.hpp>
#include <tools/headway/places.hpp>
#include <tools/headway/status.hpp>

namespace headway::tools {

namespace {

void append(std::vector<trouble>& all, const std::vector<trouble>& some) {
  all.insert(all.end(), some.begin(), some.end());
}

}  // namespace

caf::expected<status_finding> node_status(const status_command& command, const std::string& url,
                                          console& out) {
  auto asked = out.connect(url);
  if (!asked)
    return asked.error();
  const auto projects = asked->list();
  if (!projects)
    return projects.error();
  status_finding finding;
  const auto ids = ids_within(*projects, command.directories);
  if (command.fresh == status_command::freshness::fetch_first)
    append(finding.troubles, asked->fetch(ids, out.watch()).troubles);
  auto found = asked->statuses(ids, out.watch());
  append(finding.troubles, found.troubles);
  for (auto& document : found.documents) {
    finding.statuses.push_back(std::move(document.status));
    finding.documents.push_back(std::move(document.json));
  }
  return finding;
}

}  // namespace headway::tools
