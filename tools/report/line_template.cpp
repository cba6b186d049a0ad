#include <array>

#include <messages/error.hpp>
#include <tools/report/line_template.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

using row = const branch_status*;

std::string count(const std::optional<std::uint64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

struct field {
  std::string_view name;
  std::string (*value)(const sync_status&, row);
};

constexpr std::array known{
    field{"project", [](const sync_status& status, row) { return status.project.slug; }},
    field{"path", [](const sync_status& status, row) { return status.path; }},
    field{"project_state",
          [](const sync_status& status, row) { return std::string{to_string(status.state)}; }},
    field{"branch",
          [](const sync_status&, row branch) { return branch ? branch->name : std::string{"-"}; }},
    field{"head", [](const sync_status&,
                     row branch) { return std::string{branch && branch->head ? "*" : " "}; }},
    field{"upstream",
          [](const sync_status&, row branch) { return branch ? or_dash(branch->upstream) : "-"; }},
    field{"ahead",
          [](const sync_status&, row branch) { return branch ? count(branch->ahead) : "-"; }},
    field{"behind",
          [](const sync_status&, row branch) { return branch ? count(branch->behind) : "-"; }},
    field{"state", [](const sync_status&, row branch) {
            return branch ? std::string{to_string(branch->state)} : std::string{"-"};
          }}};

char escaped(char c) {
  return c == 'n' ? '\n' : c == 't' ? '\t' : c;
}

}  // namespace

std::string line_template::fields() {
  std::string text;
  for (const auto& each : known)
    text.append(text.empty() ? "" : ", ").append(each.name);
  return text;
}

caf::expected<line_template> line_template::parse(std::string_view text) {
  line_template result;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      plain += escaped(text[++i]);
    } else if (text.substr(i).starts_with("{{")) {
      plain += text[i++];
    } else if (text[i] == '{') {
      const auto end = std::min(text.find('}', i), text.size());
      const auto name = text.substr(i + 1, end - i - 1);
      int index = 0;
      while (index < static_cast<int>(known.size()) &&
             known[static_cast<std::size_t>(index)].name != name)
        ++index;
      if (end == text.size() || index == static_cast<int>(known.size()))
        return make_error(ec::invalid_argument,
                          "'{" + std::string{name} + "}' is no field; the fields are " + fields());
      result.pieces_.push_back({std::exchange(plain, {})});
      result.pieces_.push_back({{}, index});
      i = end;
    } else {
      plain += text[i];
    }
  }
  result.pieces_.push_back({std::move(plain)});
  return result;
}

std::string line_template::lines(const sync_status& status) const {
  if (status.branches.empty())
    return line(status, nullptr);
  std::string text;
  for (const auto& branch : status.branches)
    text += line(status, &branch);
  return text;
}

std::string line_template::line(const sync_status& status, const branch_status* branch) const {
  std::string text;
  for (const auto& each : pieces_)
    text += each.field < 0 ? each.text
                           : terminal::printable(
                                 known[static_cast<std::size_t>(each.field)].value(status, branch));
  return text + "\n";
}

}  // namespace headway::tools
