/// Files that hold secrets.
#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

namespace headway::git {

/// The bytes of the file at `path`, 1 MiB at most. `config` when it cannot be read or when
/// everybody on the machine may read it; the error names `option`, which named the file.
caf::expected<std::string> read_secret_file(const std::string& path, std::string_view option);

}  // namespace headway::git
