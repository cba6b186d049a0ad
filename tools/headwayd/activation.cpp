#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>

#include <fcntl.h>

#include <tools/headwayd/activation.hpp>

namespace headway::tools {

namespace {

constexpr int first_descriptor = 3;
constexpr int most_descriptors = 64;

std::optional<int> number_in(const std::optional<std::string>& text) {
  int value = 0;
  if (!text || text->empty())
    return std::nullopt;
  const auto* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  return error == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

}  // namespace

std::vector<int> activated_sockets(const environment& variables, int self) {
  const auto count = number_in(variables("LISTEN_FDS"));
  if (number_in(variables("LISTEN_PID")) != self || !count || *count > most_descriptors)
    return {};
  std::vector<int> sockets;
  for (int i = 0; i < *count; ++i) {
    sockets.push_back(first_descriptor + i);
    ::fcntl(sockets.back(), F_SETFD, FD_CLOEXEC);
  }
  return sockets;
}

void forget_activation() {
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    ::unsetenv(name);
}

}  // namespace headway::tools
