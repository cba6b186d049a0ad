/// Lines of one's own: "{project} {branch} {behind}".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include <messages/status.hpp>

namespace headway::tools {

class line_template {
 public:
  /// Fields in braces, "{{" for a brace, "\n", "\t" and "\\" as in C. `invalid_argument` names what
  /// is no field, and those that there are.
  static caf::expected<line_template> parse(std::string_view text);

  /// A line for each branch, printable; for a project without any, one with "-" in its place.
  std::string lines(const sync_status& status) const;

  /// All fields, with commas between.
  static std::string fields();

 private:
  struct piece {
    std::string text;
    int field = -1;  ///< -1: `text`.
  };

  std::string line(const sync_status& status, const branch_status* branch) const;

  std::vector<piece> pieces_;
};

}  // namespace headway::tools
