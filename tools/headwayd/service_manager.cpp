#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <ctime>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <tools/headwayd/service_manager.hpp>

namespace headway::tools {

namespace {

std::optional<std::uint64_t> number_in(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (!text || text->empty())
    return std::nullopt;
  const auto* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  return error == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

std::uint64_t monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

}  // namespace

service_manager::service_manager(const environment& variables, int self)
    : address_(variables("NOTIFY_SOCKET").value_or("")) {
  const auto period = number_in(variables("WATCHDOG_USEC"));
  const auto whose = variables("WATCHDOG_PID");
  if (period && *period > 0 && (!whose || number_in(whose) == static_cast<std::uint64_t>(self)))
    interval_ = std::chrono::milliseconds{std::max<std::uint64_t>(1, *period / 2'000)};
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    ::unsetenv(name);
  const bool is_path = address_.starts_with('/');
  const bool is_abstract = address_.starts_with('@');
  if ((!is_path && !is_abstract) || address_.size() >= sizeof(sockaddr_un::sun_path))
    return;
  if (is_abstract)
    address_.front() = '\0';
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

service_manager::~service_manager() {
  if (socket_ >= 0)
    ::close(socket_);
}

void service_manager::ready(std::string_view status) const {
  send("READY=1\nSTATUS=" + std::string{status});
}

void service_manager::reloading() const {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}

void service_manager::stopping() const {
  send("STOPPING=1");
}

void service_manager::alive() const {
  send("WATCHDOG=1");
}

void service_manager::send(const std::string& message) const {
  if (socket_ < 0)
    return;
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  address_.copy(where.sun_path, sizeof where.sun_path);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&where), size);
}

}  // namespace headway::tools
