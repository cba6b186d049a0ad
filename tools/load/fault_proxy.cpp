#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include <benchmarks/history/dice.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <tools/load/fault_proxy.hpp>

namespace headway::load {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t chunk = 64 * 1024;

/// A connection may pass this much before it is lost, so that losses hit answers, not only
/// greetings.
constexpr std::uint64_t most_before_loss = 4 * 1024;

std::string canned(host_failure how) {
  const std::string status =
      how == host_failure::http_429 ? "429 Too Many Requests" : "503 Service Unavailable";
  return "HTTP/1.1 " + status +
         "\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}

}  // namespace

struct fault_proxy::impl {
  class relay;

  struct gate {
    gate(asio::io_context& io, const fault_proxy::endpoint& what, asio::ip::address_v4 where)
        : plan(what), acceptor(io, tcp::endpoint{where, 0}), local(acceptor.local_endpoint()) {}
    fault_proxy::endpoint plan;
    host_failure failure = host_failure::none;
    /// When the line that all connections share has sent what came before, by direction.
    std::array<std::chrono::steady_clock::time_point, 2> free{};
    tcp::acceptor acceptor;
    const tcp::endpoint local;
    std::set<std::shared_ptr<relay>> relays;
  };

  impl(const std::vector<fault_proxy::endpoint>& hosts, std::uint64_t seed) : dice(seed) {
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      // Names of hosts matter to the node: it keeps the health of each apart. Loopback has 2^24.
      gates.push_back(std::make_unique<gate>(
          io, hosts[i], asio::ip::address_v4{0x7F000001u + static_cast<std::uint32_t>(i)}));
      accept(*gates.back());
    }
  }

  void accept(gate& at);
  void take(gate& at, tcp::socket socket);
  void apply(gate& at, host_failure how);

  asio::io_context io{1};
  history::dice dice;
  std::vector<std::unique_ptr<gate>> gates;
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> broken{0};
  std::atomic<std::uint64_t> bytes_up{0};
  std::atomic<std::uint64_t> bytes_down{0};
};

/// One connection. What was read is on its way before more is read: a window of 64 KiB a latency,
/// much like TCP's.
class fault_proxy::impl::relay : public std::enable_shared_from_this<relay> {
 public:
  relay(impl& all, gate& at, tcp::socket client)
      : all_(all), gate_(at), client_(std::move(client)), server_(all.io) {
    if (all_.dice.chance(at.plan.link.loss_percent / 100))
      lost_after_ = all_.dice.below(most_before_loss);
  }

  void start() {
    switch (gate_.failure) {
      case host_failure::black_hole:
        ++all_.broken;
        return;
      case host_failure::reset:
        return reset();
      case host_failure::http_503:
      case host_failure::http_429:
        return answer(canned(gate_.failure));
      default:
        break;
    }
    // The handshake of the real network takes a round trip.
    wait(2 * gate_.plan.link.latency, up_, [this] {
      server_.async_connect(
          {asio::ip::address_v4::loopback(), gate_.plan.upstream},
          [self = shared_from_this()](error_code error) {
            if (error)
              return self->close();
            self->pump(self->client_, self->server_, self->up_, self->all_.bytes_up);
            self->pump(self->server_, self->client_, self->down_, self->all_.bytes_down);
          });
    });
  }

  void reset() {
    ++all_.broken;
    error_code ignored;
    client_.set_option(asio::socket_base::linger{true, 0}, ignored);
    close();
  }

  void close() {
    error_code ignored;
    client_.close(ignored);
    server_.close(ignored);
    up_.timer.cancel();
    down_.timer.cancel();
    gate_.relays.erase(shared_from_this());
  }

 private:
  struct direction {
    direction(asio::io_context& io, std::size_t which) : timer(io), number(which) {}
    std::array<char, chunk> buffer;
    asio::steady_timer timer;
    std::size_t number;                            ///< In `gate::free`.
    std::chrono::steady_clock::time_point free{};  ///< When the line has sent what came before.
  };

  template <class Then>
  void wait(std::chrono::microseconds time, direction& on, Then then) {
    if (time.count() <= 0)
      return then();
    on.timer.expires_after(time);
    on.timer.async_wait([self = shared_from_this(), then](error_code error) {
      if (!error)
        then();
    });
  }

  std::chrono::microseconds journey(direction& on, std::size_t bytes) {
    const auto& link = gate_.plan.link;
    const auto now = std::chrono::steady_clock::now();
    on.free = std::max(on.free, now);
    if (link.bandwidth > 0)
      on.free += std::chrono::microseconds{bytes * 1'000'000 / link.bandwidth};
    if (link.capacity > 0) {
      auto& shared = gate_.free[on.number];
      shared = std::max(shared, now) + std::chrono::microseconds{bytes * 1'000'000 / link.capacity};
      on.free = std::max(on.free, shared);
    }
    const auto jitter = static_cast<double>(link.jitter.count()) * 1e3 * all_.dice.real();
    return std::chrono::duration_cast<std::chrono::microseconds>(on.free - now) + link.latency +
           std::chrono::microseconds{static_cast<std::int64_t>(jitter)};
  }

  void pump(tcp::socket& from, tcp::socket& to, direction& on,
            std::atomic<std::uint64_t>& counter) {
    from.async_read_some(asio::buffer(on.buffer), [this, self = shared_from_this(), &from, &to, &on,
                                                   &counter](error_code error, std::size_t size) {
      if (gate_.failure == host_failure::black_hole)
        return;  // It stays open and nothing moves.
      if (error)
        return close();
      counter += size;
      if (lost_after_ && (passed_ += size) > *lost_after_)
        return reset();
      wait(journey(on, size), on, [this, &from, &to, &on, &counter, size] {
        asio::async_write(to, asio::buffer(on.buffer.data(), size),
                          [this, again = shared_from_this(), &from, &to, &on, &counter](
                              error_code failed, std::size_t) {
                            if (failed)
                              return close();
                            pump(from, to, on, counter);
                          });
      });
    });
  }

  void answer(std::string text) {
    ++all_.broken;
    client_.async_read_some(
        asio::buffer(up_.buffer),
        [this, self = shared_from_this(), text = std::move(text)](error_code error, std::size_t) {
          if (error)
            return close();
          const auto kept = std::make_shared<std::string>(text);
          asio::async_write(client_, asio::buffer(*kept),
                            [this, self, kept](error_code, std::size_t) { close(); });
        });
  }

  impl& all_;
  gate& gate_;
  tcp::socket client_;
  tcp::socket server_;
  direction up_{all_.io, 0};
  direction down_{all_.io, 1};
  std::optional<std::uint64_t> lost_after_;
  std::uint64_t passed_ = 0;
};

void fault_proxy::impl::accept(gate& at) {
  at.acceptor.async_accept([this, &at](error_code error, tcp::socket socket) {
    if (!error)
      take(at, std::move(socket));
    if (at.acceptor.is_open())
      accept(at);
  });
}

void fault_proxy::impl::take(gate& at, tcp::socket socket) {
  ++connections;
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  const auto fresh = std::make_shared<relay>(*this, at, std::move(socket));
  at.relays.insert(fresh);
  fresh->start();
}

void fault_proxy::impl::apply(gate& at, host_failure how) {
  at.failure = how;
  // Whoever was silenced is not heard again: healing means that new connections work.
  const auto relays = at.relays;
  if (how != host_failure::black_hole)
    for (const auto& each : relays)
      each->reset();
  error_code error;
  if (how == host_failure::refuse) {
    at.acceptor.close(error);
  } else if (!at.acceptor.is_open()) {
    at.acceptor.open(at.local.protocol(), error);
    at.acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    at.acceptor.bind(at.local, error);
    at.acceptor.listen(tcp::acceptor::max_listen_connections, error);
    accept(at);
  }
}

fault_proxy::fault_proxy(const std::vector<endpoint>& hosts, std::uint64_t seed)
    : impl_(std::make_unique<impl>(hosts, seed)) {}

fault_proxy::~fault_proxy() = default;

std::string fault_proxy::address(std::size_t host) const {
  return impl_->gates[host]->local.address().to_string();
}

std::uint16_t fault_proxy::port(std::size_t host) const {
  return impl_->gates[host]->local.port();
}

void fault_proxy::run() {
  const auto forever = asio::make_work_guard(impl_->io);
  impl_->io.run();
}

void fault_proxy::stop() {
  impl_->io.stop();
}

void fault_proxy::fail(std::size_t host, host_failure how) {
  asio::post(impl_->io, [this, host, how] { impl_->apply(*impl_->gates[host], how); });
}

void fault_proxy::set_link(std::size_t host, const link_quality& link) {
  asio::post(impl_->io, [this, host, link] { impl_->gates[host]->plan.link = link; });
}

proxy_traffic fault_proxy::traffic() const {
  return {impl_->connections, impl_->broken, impl_->bytes_up, impl_->bytes_down};
}

}  // namespace headway::load
