/// Writes configurations as TOML.
#pragma once

#include <string>

#include <config/engine_config.hpp>

namespace headway {

/// Every option with its value. `load_text` makes an equal configuration of it. REQUIRES:
/// `validate` has nothing against `config`.
std::string print_config(const node_config& config);

/// The text of `headwayd.example.toml`: every option with its default, its meaning, what it takes
/// and whether it can change while running.
std::string example_config();

}  // namespace headway
