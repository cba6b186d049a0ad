/// One thing that is wrong with a configuration.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace headway {

struct diagnostic {
  /// Name of the source: the path of the file, or "--set" for the command line; may be empty.
  std::string file;
  /// From 1; both 0 when there is no place to point to.
  std::size_t line = 0;
  std::size_t column = 0;
  /// Dotted name of the option; empty when the whole file is meant.
  std::string key;
  /// The value as it was written, shortened; empty when there is none to show.
  std::string value;
  /// What is wrong, and what would be allowed.
  std::string message;

  bool operator==(const diagnostic&) const = default;
};

/// `file:line:column: key = value: message`, in one line, without the parts that are empty.
std::string to_string(const diagnostic& problem);

/// The same, one per line.
std::string to_string(const std::vector<diagnostic>& problems);

}  // namespace headway
