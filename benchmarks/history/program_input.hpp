/// Writing to the standard input of a program.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace headway::history {

class program_input {
 public:
  /// Starts it. Throws when that is not possible.
  explicit program_input(const std::vector<std::string>& argv);
  /// Ends its input and waits for it, if `finish` did not.
  ~program_input();
  program_input(const program_input&) = delete;
  program_input& operator=(const program_input&) = delete;

  std::ostream& stream() noexcept;
  /// Ends its input, waits for it, and throws unless it succeeded.
  void finish();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace headway::history
