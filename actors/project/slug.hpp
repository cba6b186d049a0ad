/// Public names for projects. Plain functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace headway {

/// The folder name in lower case with everything but letters, digits, '.', '_' and '-' turned into
/// '-';
/// ".git" at the end goes; at most 64 characters; "project" when nothing is left. Always matches
/// [a-z0-9][a-z0-9._-]*.
std::string slug_of(std::string_view path);

/// `slug_of(path)`, or the first of "-2", "-3" … appended to it that `taken` does not know.
std::string unique_slug(std::string_view path,
                        const std::function<bool(const std::string&)>& taken);

}  // namespace headway
