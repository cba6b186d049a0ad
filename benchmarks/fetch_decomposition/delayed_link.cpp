#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <list>
#include <stdexcept>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <benchmarks/fetch_decomposition/delayed_link.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace headway::fetch_decomposition {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// In flight on each way; more waits in the sender's socket.
constexpr std::size_t most_in_flight = 8u << 20;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void make_prompt(int socket) {
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::fcntl(socket, F_SETFL, O_NONBLOCK);
}

/// Bytes of one direction on their way.
struct lane {
  struct parcel {
    clock::time_point due;
    std::string bytes;
  };
  int from = -1;
  int to = -1;
  std::deque<parcel> parcels;
  std::size_t in_flight = 0;
  bool ended = false;

  void take(clock::time_point due) {
    std::array<char, 65536> buffer;
    const auto n = ::recv(from, buffer.data(), buffer.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    ended = n <= 0;
    parcels.push_back({due, n <= 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(n))});
    in_flight += parcels.back().bytes.size();
  }

  void deliver(clock::time_point now) {
    while (!parcels.empty() && parcels.front().due <= now) {
      auto& bytes = parcels.front().bytes;
      if (bytes.empty()) {
        ::shutdown(to, SHUT_WR);
      } else {
        const auto n = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0)
          return;
        in_flight -= static_cast<std::size_t>(n);
        bytes.erase(0, static_cast<std::size_t>(n));
        if (!bytes.empty())
          return;
      }
      parcels.pop_front();
    }
  }
  bool over() const { return ended && parcels.empty(); }
};

struct connection {
  clock::time_point open;  ///< Nothing is taken before.
  lane up;
  lane down;
};

/// Lives until it is killed.
class relay {
 public:
  relay(int listener, std::uint16_t port, milliseconds round_trip)
      : listener_{listener}, port_{port}, round_trip_{round_trip} {}

  [[noreturn]] void run() {
    for (;;) {
      wait();
      const auto now = clock::now();
      accept_all(now);
      for (auto& each : connections_)
        for (auto* way : {&each.up, &each.down}) {
          if (!way->ended && now >= each.open && way->in_flight < most_in_flight)
            way->take(now + round_trip_ / 2);
          way->deliver(now);
        }
      close_ended();
    }
  }

 private:
  void wait() {
    std::vector<pollfd> events{{listener_, POLLIN, 0}};
    auto next = clock::now() + std::chrono::hours{1};
    for (const auto& each : connections_)
      for (const auto* way : {&each.up, &each.down}) {
        if (clock::now() < each.open)
          next = std::min(next, each.open);
        else if (!way->ended && way->in_flight < most_in_flight)
          events.push_back({way->from, POLLIN, 0});
        if (way->parcels.empty())
          continue;
        if (way->parcels.front().due <= clock::now())
          events.push_back({way->to, POLLOUT, 0});
        else
          next = std::min(next, way->parcels.front().due);
      }
    const auto left = std::max(clock::duration{0}, next - clock::now());
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec patience{whole.count(), static_cast<long>((left - whole).count())};
    ::ppoll(events.data(), events.size(), &patience, nullptr);
  }

  void accept_all(clock::time_point now) {
    for (;;) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0)
        return;
      const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const auto address = loopback(port_);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(client);
        ::close(server);
        continue;
      }
      make_prompt(client);
      make_prompt(server);
      connections_.push_back(
          {now + round_trip_, {.from = client, .to = server}, {.from = server, .to = client}});
    }
  }

  void close_ended() {
    std::erase_if(connections_, [](const connection& each) {
      if (!each.up.over() || !each.down.over())
        return false;
      ::close(each.up.from);
      ::close(each.down.from);
      return true;
    });
  }

  int listener_;
  std::uint16_t port_;
  milliseconds round_trip_;
  std::list<connection> connections_;
};

}  // namespace

delayed_link::delayed_link(std::uint16_t port, milliseconds round_trip) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (listener < 0 || ::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener, 64) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error(std::string{"listen: "} + std::strerror(errno));
  port_ = ntohs(address.sin_port);
  process_ = ::fork();
  if (process_ < 0)
    throw std::runtime_error(std::string{"fork: "} + std::strerror(errno));
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    relay{listener, port, round_trip}.run();
  }
  ::close(listener);
}

delayed_link::~delayed_link() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace headway::fetch_decomposition
