/// Asks a server for one target as fast as it answers, over TCP or a Unix socket, so many requests
/// at a time on each connection: what wrk cannot do.
///
///     http_hammer PORT|/SOCKET TARGET CONNECTIONS DEPTH SECONDS
///
/// Prints requests a second and the processor time of a request here, in microseconds.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connect_to(const std::string& where) {
  sockaddr_storage there{};
  socklen_t size = 0;
  const bool is_path = where.starts_with('/');
  if (is_path) {
    auto& name = reinterpret_cast<sockaddr_un&>(there);
    name.sun_family = AF_UNIX;
    where.copy(name.sun_path, sizeof name.sun_path - 1);
    size = sizeof name;
  } else {
    auto& name = reinterpret_cast<sockaddr_in&>(there);
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<std::uint16_t>(std::atoi(where.c_str())));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof name;
  }
  const int made = ::socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
  if (made < 0 || ::connect(made, reinterpret_cast<const sockaddr*>(&there), size) != 0)
    fail(where.c_str());
  const int on = 1;
  if (!is_path)
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

struct connection {
  int socket = -1;
  std::string input;
  int open = 0;  ///< Requests without an answer.
};

/// Takes whole answers off the front of `input`; how many there were.
int take_answers(std::string& input) {
  static constexpr std::string_view announced = "Content-Length: ";
  int count = 0;
  std::size_t at = 0;
  for (;;) {
    const auto rest = std::string_view{input}.substr(at);
    const auto end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos)
      break;
    if (!rest.starts_with("HTTP/1.1 200"))
      fail("an answer that is no 200");
    const auto field = rest.find(announced);
    std::size_t size = 0;
    if (field < end)
      std::from_chars(rest.data() + field + announced.size(), rest.data() + end, size);
    if (rest.size() < end + 4 + size)
      break;
    at += end + 4 + size;
    ++count;
  }
  input.erase(0, at);
  return count;
}

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("http_hammer PORT|/SOCKET TARGET CONNECTIONS DEPTH SECONDS\n", stderr);
    return 2;
  }
  const int depth = std::atoi(argv[4]);
  const auto request = std::string{"GET "} + argv[2] + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::string batch;
  for (int i = 0; i < depth; ++i)
    batch += request;
  const int queue = ::epoll_create1(0);
  std::vector<connection> all(static_cast<std::size_t>(std::atoi(argv[3])));
  const auto send_batch = [&](connection& to) {
    if (::send(to.socket, batch.data(), batch.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(batch.size()))
      fail("send");
    to.open = depth;
  };
  for (auto& each : all) {
    each.socket = connect_to(argv[1]);
    epoll_event wish{EPOLLIN, {&each}};
    ::epoll_ctl(queue, EPOLL_CTL_ADD, each.socket, &wish);
    send_batch(each);
  }
  using clock = std::chrono::steady_clock;
  const auto begun = clock::now();
  const auto end = begun + std::chrono::duration<double>(std::atof(argv[5]));
  std::vector<char> buffer(1 << 20);
  std::vector<epoll_event> ready(all.size());
  std::uint64_t answers = 0;
  while (clock::now() < end) {
    const int count = ::epoll_wait(queue, ready.data(), static_cast<int>(ready.size()), 1000);
    for (int i = 0; i < count; ++i) {
      auto& each = *static_cast<connection*>(ready[static_cast<std::size_t>(i)].data.ptr);
      const auto size = ::recv(each.socket, buffer.data(), buffer.size(), 0);
      if (size <= 0)
        fail("closed");
      each.input.append(buffer.data(), static_cast<std::size_t>(size));
      const int taken = take_answers(each.input);
      answers += static_cast<std::uint64_t>(taken);
      each.open -= taken;
      if (each.open == 0)
        send_batch(each);
    }
  }
  const std::chrono::duration<double> took = clock::now() - begun;
  const auto requests = static_cast<double>(answers);
  std::printf("%.0f %.3f\n", requests / took.count(), 1e6 * processor_seconds() / requests);
}
