#include <unistd.h>

#include <tools/process/early_end.hpp>
#include <tools/process/output.hpp>

namespace headway::tools {

int end_early(const early_end& end) {
  // Where the complaint itself cannot be written, nobody is left to be told.
  static_cast<void>(write_all(STDERR_FILENO, end.errors));
  const auto error = write_all(STDOUT_FILENO, end.output);
  return end.status == 0 && error ? 1 : end.status;
}

}  // namespace headway::tools
