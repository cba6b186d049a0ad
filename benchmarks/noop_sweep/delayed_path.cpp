#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <benchmarks/noop_sweep/delayed_path.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace headway::noop_sweep {

namespace {

using clock = std::chrono::steady_clock;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void send_at_once(int socket) {
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/// What has been read and is not due at the other end yet.
struct piece {
  clock::time_point due;
  std::string bytes;  ///< Empty: the end.
};

struct direction {
  int from = -1;
  int to = -1;
  bool ended = false;
  bool closed = false;
  std::deque<piece> under_way;
};

struct connection {
  int client = -1;
  int server = -1;
  clock::time_point open_at;
  std::array<direction, 2> ways;
};

}  // namespace

struct delayed_path::relay {
  relay(std::uint16_t server_port, std::chrono::milliseconds round_trip)
      : to{server_port}, whole{round_trip} {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (listener < 0 ||
        ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 1024) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error{"the delayed path cannot listen"};
    port = ntohs(address.sin_port);
    thread = std::thread{[this] { run(); }};
  }

  ~relay() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop, &one, sizeof one);
    thread.join();
    for (auto& one_connection : connections)
      end(one_connection);
    ::close(listener);
    ::close(stop);
  }

  void run() {
    for (;;) {
      std::vector<pollfd> events{{stop, POLLIN, 0}, {listener, POLLIN, 0}};
      std::vector<direction*> readers;
      auto next = clock::now() + std::chrono::seconds{1};
      for (auto& one : connections)
        for (auto& way : one.ways) {
          if (!way.under_way.empty())
            next = std::min(next, way.under_way.front().due);
          if (way.ended)
            continue;
          events.push_back({way.from, POLLIN, 0});
          readers.push_back(&way);
        }
      const auto wait = std::max<std::int64_t>(
          0, std::chrono::duration_cast<std::chrono::nanoseconds>(next - clock::now()).count());
      const timespec patience{wait / 1'000'000'000, wait % 1'000'000'000};
      ::ppoll(events.data(), events.size(), &patience, nullptr);
      if (events[0].revents != 0)
        return;
      for (std::size_t i = 0; i < readers.size(); ++i)
        if (events[i + 2].revents != 0)
          read_from(*readers[i]);
      if (events[1].revents != 0)
        accept_one();
      deliver();
    }
  }

  void accept_one() {
    connection fresh;
    fresh.client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    fresh.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(to);
    if (::connect(fresh.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      end(fresh);
      return;
    }
    send_at_once(fresh.client);
    send_at_once(fresh.server);
    fresh.open_at = clock::now() + whole;
    connections.push_back(std::move(fresh));
    auto& kept = connections.back();
    kept.ways[0].from = kept.ways[1].to = kept.client;
    kept.ways[0].to = kept.ways[1].from = kept.server;
  }

  void read_from(direction& way) {
    std::array<char, 65536> buffer;
    const auto n = ::recv(way.from, buffer.data(), buffer.size(), 0);
    way.ended = n <= 0;
    auto due = clock::now() + whole / 2;
    for (const auto& one : connections)
      if (&one.ways[0] == &way || &one.ways[1] == &way)
        due = std::max(due, one.open_at + whole / 2);
    way.under_way.push_back({due, n > 0 ? std::string{buffer.data(), std::size_t(n)} : ""});
  }

  void deliver() {
    const auto now = clock::now();
    for (auto& one : connections)
      for (auto& way : one.ways)
        while (!way.under_way.empty() && way.under_way.front().due <= now) {
          const auto& bytes = way.under_way.front().bytes;
          for (std::size_t sent = 0; sent < bytes.size();) {
            const auto n = ::send(way.to, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (n <= 0)
              break;
            sent += static_cast<std::size_t>(n);
          }
          if (bytes.empty()) {
            ::shutdown(way.to, SHUT_WR);
            way.closed = true;
          }
          way.under_way.pop_front();
        }
    connections.remove_if([](connection& one) {
      const bool over = one.ways[0].closed && one.ways[1].closed;
      if (over)
        end(one);
      return over;
    });
  }

  static void end(connection& one) {
    for (const int socket : {one.client, one.server})
      if (socket >= 0)
        ::close(socket);
  }

  std::uint16_t to;
  std::chrono::milliseconds whole;
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int stop = ::eventfd(0, EFD_CLOEXEC);
  std::uint16_t port = 0;
  std::list<connection> connections;
  std::thread thread;
};

delayed_path::delayed_path(std::uint16_t to, std::chrono::milliseconds round_trip)
    : relay_{std::make_unique<relay>(to, round_trip)} {}

delayed_path::~delayed_path() = default;

std::uint16_t delayed_path::port() const noexcept {
  return relay_->port;
}

}  // namespace headway::noop_sweep
