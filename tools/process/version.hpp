/// Which Headway this is.
#pragma once

#include <string>
#include <string_view>

namespace headway::tools {

/// Two lines: "PROGRAM 0.1.0 (commit 0123456789ab)" and the libraries it was built with. The commit
/// is left out when the sources came without their history.
std::string version_text(std::string_view program);

}  // namespace headway::tools
