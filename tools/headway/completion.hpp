/// Completions of the command line, for three shells.
#pragma once

#include <cstdint>
#include <string>

#include <tools/process/command_words.hpp>

namespace headway::tools {

enum class shell : std::uint8_t { bash, zsh, fish };

/// A script that the shell reads: commands, options, their choices, files and folders where they
/// are taken, and the ids of a node's projects.
std::string completion_script(shell which, const command_words& program);

}  // namespace headway::tools
