#include <cerrno>
#include <string>
#include <system_error>

#include <unistd.h>

#include <messages/error.hpp>
#include <tools/process/output.hpp>

namespace headway::tools {

caf::error write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return make_error(ec::cancelled, "nobody reads the output any more");
    } else if (errno != EINTR) {
      const auto code = errno == ENOSPC ? ec::disk_full : ec::io;
      return make_error(code, "the output cannot be written: " +
                                  std::error_code{errno, std::generic_category()}.message());
    }
  }
  return {};
}

}  // namespace headway::tools
