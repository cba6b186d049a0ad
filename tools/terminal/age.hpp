/// How long ago something was, for a person.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace headway::terminal {

/// "just now" (less than 10 s, or a moment ahead of a clock that runs late), "42 s ago", "3 min
/// ago", "5 h ago", "12 d ago", "3 mo ago", "2 y ago"; "never" when there is no such time. Rounded
/// down.
std::string age(const std::optional<std::chrono::system_clock::time_point>& then,
                std::chrono::system_clock::time_point now);

}  // namespace headway::terminal
