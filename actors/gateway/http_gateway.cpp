#include <algorithm>
#include <csignal>
#include <cstdio>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <actors/gateway/call_bridge.hpp>
#include <actors/gateway/event_publisher.hpp>
#include <actors/gateway/event_ring.hpp>
#include <actors/gateway/http_gateway.hpp>
#include <actors/gateway/listener.hpp>
#include <actors/gateway/routes.hpp>
#include <messages/error.hpp>

namespace headway {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

std::shared_ptr<spdlog::logger> silent_unless(std::shared_ptr<spdlog::logger> log) {
  if (log)
    return log;
  return std::make_shared<spdlog::logger>("gateway",
                                          std::make_shared<spdlog::sinks::null_sink_mt>());
}

std::string in_words(const tcp::endpoint& where) {
  const auto host = where.address().to_string();
  return (where.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(where.port());
}

caf::expected<tcp::endpoint> endpoint_of(const http_config& config) {
  const auto& name = config.address == "localhost" ? "127.0.0.1" : config.address;
  error_code error;
  const auto address = asio::ip::make_address(name, error);
  if (error)
    return make_error(ec::config, "http.address '" + config.address +
                                      "' is no IP address; use one of this machine, such as "
                                      "'127.0.0.1', '::1' or '0.0.0.0'");
  return tcp::endpoint{address, config.port};
}

caf::error bind_error(const tcp::endpoint& where, const error_code& error) {
  const auto place = in_words(where);
  if (error == asio::error::address_in_use)
    return make_error(ec::in_use, place +
                                      " is taken by another program, perhaps another node; stop "
                                      "it or set http.port to another port");
  if (error == asio::error::access_denied)
    return make_error(ec::permission_denied,
                      "not allowed to listen on " + place +
                          "; set http.port to 1024 or more, or grant CAP_NET_BIND_SERVICE");
  if (error == boost::system::errc::address_not_available)
    return make_error(ec::config, "cannot listen on " + place +
                                      ": no network interface of this machine has that address; "
                                      "change http.address");
  return make_error(ec::io, "cannot listen on " + place + ": " + error.message());
}

caf::expected<tcp::acceptor> listen_on(asio::io_context& io, const tcp::endpoint& where) {
  tcp::acceptor acceptor{io};
  error_code error;
  acceptor.open(where.protocol(), error);
  // Otherwise a restart would wait for old connections to leave TIME_WAIT. Two listeners at once
  // stay impossible.
  if (!error)
    acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error)
    acceptor.bind(where, error);
  if (!error)
    acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error)
    return bind_error(where, error);
  return acceptor;
}

gateway::connection_limits limits_of(const http_config& config, const gateway_limits& limits) {
  const auto header_size =
      std::min<std::uint64_t>(config.max_header_size, std::numeric_limits<std::uint32_t>::max());
  return {static_cast<std::uint32_t>(header_size),
          config.max_body_size,
          config.header_timeout,
          config.body_timeout,
          config.idle_timeout,
          limits.answer_timeout};
}

/// Ids of events of this process, which no other has given out.
std::string some_series() {
  std::random_device device;
  char text[20];
  std::snprintf(text, sizeof text, "%08x%08x", device(), device());
  return text;
}

/// Signals belong to the main thread of whatever program this is part of.
class signals_blocked {
 public:
  signals_blocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

struct http_gateway::impl {
  impl(http_config settings, gateway_api& engine, std::shared_ptr<spdlog::logger> logger,
       gateway_limits bounds)
      : config(std::move(settings)), api(engine), log(silent_unless(logger)), limits(bounds) {}
  ~impl() { stop(milliseconds{0}); }

  caf::error start();
  bool stop(milliseconds deadline);
  void run();

  const http_config config;
  gateway_api& api;
  const std::shared_ptr<spdlog::logger> log;
  const gateway_limits limits;

  std::mutex lifecycle;
  tcp::endpoint served;  ///< Written by `start` alone.
  // Destroyed last, since queued work refers to what follows only while it runs.
  asio::io_context io{1};
  std::shared_ptr<gateway::call_bridge> bridge =
      std::make_shared<gateway::call_bridge>(io, limits.max_in_flight);
  std::shared_ptr<gateway::event_ring> events =
      std::make_shared<gateway::event_ring>(some_series(), limits.events);
  gateway::event_publisher publisher{io, api, bridge, events,
                                     [this] { return door && door->offer_events(); }};
  std::optional<gateway::routes> service;
  std::optional<gateway::listener> door;
  std::shared_ptr<void> following;
  std::thread thread;
};

caf::error http_gateway::impl::start() {
  const std::scoped_lock lock{lifecycle};
  if (door)
    return make_error(ec::invalid_argument, "a gateway starts once; make another one");
  const auto where = endpoint_of(config);
  if (!where)
    return where.error();
  auto acceptor = listen_on(io, *where);
  if (!acceptor)
    return acceptor.error();
  served = acceptor->local_endpoint();
  const auto exposed =
      served.address().is_loopback() ? gateway::exposure::loopback : gateway::exposure::network;
  service.emplace(gateway::handlers{api, bridge, publisher, config.max_wait},
                  gateway::access_rules{exposed, config.address}, std::random_device{}(), log);
  door.emplace(std::move(*acceptor), limits_of(config, limits), config.max_connections, *service,
               log);
  door->start();
  publisher.start();
  following = api.follow([this](const engine_event& news) { publisher.note(news); });
  const signals_blocked guard;
  thread = std::thread{[this] { run(); }};
  return caf::none;
}

/// An exception ends the piece of work that threw it; its connection runs into its deadline.
void http_gateway::impl::run() {
  pthread_setname_np(pthread_self(), "headway-http");
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      log->error("http: {}", error.what());
    }
  }
}

bool http_gateway::impl::stop(milliseconds deadline) {
  const std::scoped_lock lock{lifecycle};
  if (!thread.joinable())
    return true;
  std::promise<void> drained;
  const auto end = drained.get_future();
  asio::post(io, [&] { door->drain([&] { drained.set_value(); }); });
  const auto in_time = end.wait_for(deadline) == std::future_status::ready;
  asio::post(io, [this] {
    publisher.close();
    door->close();
    io.stop();
  });
  thread.join();
  following.reset();
  bridge->close();
  return in_time;
}

http_gateway::http_gateway(http_config config, gateway_api& api,
                           std::shared_ptr<spdlog::logger> log, gateway_limits limits)
    : impl_(std::make_unique<impl>(std::move(config), api, std::move(log), limits)) {}

http_gateway::~http_gateway() = default;

caf::error http_gateway::start() {
  return impl_->start();
}

std::uint16_t http_gateway::port() const {
  return impl_->served.port();
}

std::string http_gateway::address() const {
  return in_words(impl_->served);
}

bool http_gateway::stop(milliseconds deadline) {
  return impl_->stop(deadline);
}

}  // namespace headway
