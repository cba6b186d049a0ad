/// Keys that a person presses, and the terminal that brings them one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <termios.h>

namespace headway::terminal {

enum class key : std::uint8_t { up, down, page_up, page_down, home, end, escape, enter, other };

struct key_press {
  key which = key::other;
  char letter = 0;  ///< Of `other`: what was typed, if it is ASCII.

  friend bool operator==(const key_press&, const key_press&) = default;
};

/// The keys in what a terminal sends, as xterm and its kin send them. Sequences that nobody needs
/// say nothing.
std::vector<key_press> keys_in(std::string_view bytes);

/// Standard input without lines and echo, for as long as this lives.
class raw_input {
 public:
  raw_input();
  ~raw_input();
  raw_input(const raw_input&) = delete;
  raw_input& operator=(const raw_input&) = delete;

  /// What has been pressed since; does not wait. Nothing when the terminal is gone.
  std::optional<std::vector<key_press>> read();

 private:
  std::optional<termios> before_;
};

}  // namespace headway::terminal
