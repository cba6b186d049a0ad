/// Options from the command line, over those of the file.
#pragma once

#include <optional>
#include <string_view>

#include <config/diagnostic.hpp>
#include <config/engine_config.hpp>

namespace headway {

/// Takes "fetch.min_interval=30 s" over into `config`. Values are written without quotation marks,
/// lists with commas between their items. Answers what is wrong, and then leaves `config` as it is.
/// Does not look at contradictions, since the next override may resolve them: call `validate` after
/// the last.
std::optional<diagnostic> apply_override(node_config& config, std::string_view assignment);

}  // namespace headway
