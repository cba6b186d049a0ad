/// Manual pages, made of what the programs and the configuration know of themselves.
#pragma once

#include <string>
#include <string_view>

#include <tools/process/command_words.hpp>

namespace headway::tools {

/// The page of a program in man(7). `section` is "1" or "8"; `version` stands in the footer.
std::string program_page(const command_words& program, std::string_view section,
                         std::string_view version);

/// headwayd.toml(5), from the table of options.
std::string configuration_page(std::string_view version);

}  // namespace headway::tools
