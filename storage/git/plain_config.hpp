/// A quick way through configuration files that hold nothing special. Private to storage/git.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headway::git {

struct config_entry {
  std::string key;  ///< "remote.origin.url": section and name in lower case.
  std::optional<std::string> value;
};

/// The entries of a file as Git reads them, in order; nothing when it holds anything but plain
/// sections, `key = value` and comments: includes, quotes, escapes, continued lines, tabs within a
/// value, carriage returns, the old [section.subsection] form, or errors. Such a file is for
/// libgit2, which executes four times as many instructions on a clone with a thousand branches.
/// Entries of the section `passed_over` are checked like all others and left out.
std::optional<std::vector<config_entry>> read_plain_config(std::string_view text,
                                                           std::string_view passed_over = {});

}  // namespace headway::git
