/// A blocking client that shows the bytes of HTTP rather than hiding them.
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace headway::test {

struct response {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  bool has(std::string_view name) const { return found(name) != fields.end(); }
  std::string field(std::string_view name) const {
    const auto at = found(name);
    return at == fields.end() ? std::string{} : at->second;
  }

 private:
  decltype(fields)::const_iterator found(std::string_view name) const {
    return std::find_if(fields.begin(), fields.end(),
                        [&](const auto& field) { return field.first == name; });
  }
};

enum class answer_kind { with_body, head };

/// Every wait ends after a generous time with an exception: a test that hangs is a test that fails.
class http_client {
 public:
  explicit http_client(const std::filesystem::path& unix_socket)
      : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    unix_socket.native().copy(where.sun_path, sizeof where.sun_path - 1);
    connect(reinterpret_cast<const sockaddr*>(&where), sizeof where);
  }
  explicit http_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(reinterpret_cast<const sockaddr*>(&where), sizeof where);
  }
  http_client(http_client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}
  http_client& operator=(http_client&&) = delete;
  ~http_client() {
    if (socket_ >= 0)
      ::close(socket_);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0)
        throw std::runtime_error(std::string{"send: "} + std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void send_byte_by_byte(std::string_view bytes) {
    for (const char& byte : bytes)
      send({&byte, 1});
  }

  void end_of_input() { ::shutdown(socket_, SHUT_WR); }

  bool has_input_within(std::chrono::milliseconds time) {
    pollfd events{socket_, POLLIN, 0};
    return ::poll(&events, 1, static_cast<int>(time.count())) > 0;
  }

  /// Ends the connection by a reset instead of an orderly close.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(socket_, -1));
  }

  response read(answer_kind kind = answer_kind::with_body) {
    std::size_t end;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos)
      if (!receive())
        throw std::runtime_error("closed instead of an answer: '" + input_ + "'");
    response result = parse_head(input_.substr(0, end));
    input_.erase(0, end + 4);
    const auto announced = result.field("Content-Length");
    if (kind == answer_kind::head || announced.empty())
      return result;
    const auto size = std::stoul(announced);
    while (input_.size() < size)
      if (!receive())
        throw std::runtime_error("closed in the middle of a body");
    result.body = input_.substr(0, size);
    input_.erase(0, size);
    return result;
  }

  /// What comes up to the next `mark`, with it.
  std::string read_until(std::string_view mark) {
    std::size_t at;
    while ((at = input_.find(mark)) == std::string::npos)
      if (!receive())
        throw std::runtime_error("closed instead of more: '" + input_ + "'");
    auto result = input_.substr(0, at + mark.size());
    input_.erase(0, result.size());
    return result;
  }

  /// Waits until the server closes; answers with what it sent before.
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(input_, {});
  }

 private:
  void connect(const sockaddr* where, socklen_t size) {
    const timeval patience{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket_, where, size) != 0)
      throw std::runtime_error(std::string{"connect: "} + std::strerror(errno));
  }

  static response parse_head(const std::string& head) {
    response result;
    result.status = static_cast<unsigned>(std::stoul(head.substr(9, 3)));
    auto begin = head.find("\r\n");
    while (begin != std::string::npos) {
      begin += 2;
      const auto end = std::min(head.find("\r\n", begin), head.size());
      const auto colon = head.find(": ", begin);
      result.fields.emplace_back(head.substr(begin, colon - begin),
                                 head.substr(colon + 2, end - colon - 2));
      begin = head.find("\r\n", begin);
    }
    return result;
  }

  bool receive() {
    char bytes[4096];
    const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size < 0 && errno == EAGAIN)
      throw std::runtime_error("no answer in time; so far: '" + input_ + "'");
    if (size <= 0)
      return false;
    input_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  std::string input_;
};

}  // namespace headway::test
