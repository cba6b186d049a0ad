#include <array>

#include <poll.h>
#include <unistd.h>

#include <tools/terminal/keys.hpp>

namespace headway::terminal {

namespace {

struct sequence {
  std::string_view bytes;
  key which;
};

constexpr std::array sequences{
    sequence{"[A", key::up},   sequence{"[B", key::down},     sequence{"OA", key::up},
    sequence{"OB", key::down}, sequence{"[5~", key::page_up}, sequence{"[6~", key::page_down},
    sequence{"[H", key::home}, sequence{"[F", key::end},      sequence{"[1~", key::home},
    sequence{"[4~", key::end}, sequence{"OH", key::home},     sequence{"OF", key::end},
};

/// Bytes of an escape sequence after its ESC: up to its final letter or tilde.
std::size_t length_of_sequence(std::string_view rest) {
  if (rest.empty() || (rest[0] != '[' && rest[0] != 'O'))
    return 0;
  std::size_t at = 1;
  while (at < rest.size() && (rest[at] < '@' || rest[at] > '~'))
    ++at;
  return at < rest.size() ? at + 1 : rest.size();
}

}  // namespace

std::vector<key_press> keys_in(std::string_view bytes) {
  std::vector<key_press> keys;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\r' || c == '\n') {
      keys.push_back({key::enter});
    } else if (c != '\x1b') {
      if (static_cast<unsigned char>(c) < 0x80)
        keys.push_back({key::other, c});
    } else if (const auto length = length_of_sequence(bytes.substr(i + 1)); length > 0) {
      const auto rest = bytes.substr(i + 1, length);
      for (const auto& known : sequences)
        if (known.bytes == rest)
          keys.push_back({known.which});
      i += length;
    } else {
      keys.push_back({key::escape});
    }
  }
  return keys;
}

raw_input::raw_input() {
  termios now{};
  if (::tcgetattr(STDIN_FILENO, &now) != 0)
    return;
  before_ = now;
  // Ctrl-C stays a signal.
  now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  now.c_cc[VMIN] = 0;
  now.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

raw_input::~raw_input() {
  if (before_)
    ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

std::optional<std::vector<key_press>> raw_input::read() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, 0) <= 0)
    return std::vector<key_press>{};
  char bytes[256];
  const auto size = ::read(STDIN_FILENO, bytes, sizeof bytes);
  if (size <= 0)
    return std::nullopt;
  return keys_in({bytes, static_cast<std::size_t>(size)});
}

}  // namespace headway::terminal
