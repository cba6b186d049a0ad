/// Git's names are bytes; JSON's are Unicode.
#pragma once

#include <string>
#include <string_view>

namespace headway::gateway {

/// `bytes` with every maximal ill-formed part replaced by U+FFFD (Unicode 15, 3.9, table 3-7 and
/// "U+FFFD substitution of maximal subparts").
std::string to_valid_utf8(std::string_view bytes);

}  // namespace headway::gateway
