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
#include <boost/asio/post.hpp>
#include <pthread.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <actors/gateway/call_bridge.hpp>
#include <actors/gateway/doors.hpp>
#include <actors/gateway/event_publisher.hpp>
#include <actors/gateway/event_ring.hpp>
#include <actors/gateway/http_gateway.hpp>
#include <actors/gateway/listener.hpp>
#include <actors/gateway/routes.hpp>
#include <actors/gateway/tls.hpp>
#include <actors/gateway/token_book.hpp>
#include <messages/error.hpp>

namespace headway {

namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

std::shared_ptr<spdlog::logger> silent_unless(std::shared_ptr<spdlog::logger> log) {
  if (log)
    return log;
  return std::make_shared<spdlog::logger>("gateway",
                                          std::make_shared<spdlog::sinks::null_sink_mt>());
}

gateway::connection_limits limits_of(const http_config& config, const gateway_limits& limits) {
  const auto header_size =
      std::min<std::uint64_t>(config.max_header_size, std::numeric_limits<std::uint32_t>::max());
  return {static_cast<std::uint32_t>(header_size),
          config.max_body_size,
          config.hooks.max_body_size,
          config.header_timeout,
          config.body_timeout,
          config.idle_timeout,
          limits.answer_timeout};
}

/// What files and options say about who may ask, and how.
struct security {
  gateway::access_rules access;
  gateway::tls_identity_ptr identity;
};

caf::expected<security> security_of(const http_config& config) {
  gateway::token_book_ptr tokens;
  if (!config.tokens_file.empty()) {
    auto loaded = gateway::token_book::load(config.tokens_file);
    if (!loaded)
      return loaded.error();
    tokens = std::make_shared<const gateway::token_book>(std::move(*loaded));
  }
  gateway::tls_identity_ptr identity;
  if (!config.tls_certificate.empty()) {
    auto loaded = gateway::tls_identity::load(config.tls_certificate, config.tls_key);
    if (!loaded)
      return loaded.error();
    identity = std::make_shared<const gateway::tls_identity>(std::move(*loaded));
  }
  return security{gateway::access_rules{config.allowed_hosts, std::move(tokens)},
                  std::move(identity)};
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

  caf::error start(const std::vector<int>& inherited);
  caf::error reload(const http_config& changed);
  bool stop(milliseconds deadline);
  void run();

  const http_config config;
  gateway_api& api;
  const std::shared_ptr<spdlog::logger> log;
  const gateway_limits limits;

  std::mutex lifecycle;
  // Written by `start` alone.
  std::uint16_t served_port = 0;
  std::string served_address;
  std::vector<std::string> served_urls;
  // Destroyed last, since queued work refers to what follows only while it runs.
  asio::io_context io{1};
  std::shared_ptr<gateway::call_bridge> bridge =
      std::make_shared<gateway::call_bridge>(io, limits.max_in_flight);
  std::shared_ptr<gateway::event_ring> events =
      std::make_shared<gateway::event_ring>(some_series(), limits.events);
  gateway::event_publisher publisher{io, api, bridge, events,
                                     [this] { return lobby && lobby->offer_events(); }};
  std::optional<gateway::routes> service;
  std::optional<gateway::listener> lobby;
  std::shared_ptr<void> following;
  std::thread thread;
};

caf::error http_gateway::impl::start(const std::vector<int>& inherited) {
  const std::scoped_lock lock{lifecycle};
  if (lobby)
    return make_error(ec::invalid_argument, "a gateway starts once; make another one");
  auto guards = security_of(config);
  if (!guards)
    return guards.error();
  auto doors =
      inherited.empty() ? gateway::open_doors(io, config) : gateway::adopt_doors(io, inherited);
  if (!doors)
    return doors.error();
  for (const auto& each : *doors) {
    const bool is_unix = each.where == gateway::exposure::unix_socket;
    if (!is_unix && served_port == 0)
      served_port = each.port;
    served_urls.push_back((is_unix            ? "unix:"
                           : guards->identity ? "https://"
                                              : "http://") +
                          each.address);
  }
  served_address = doors->front().address;
  service.emplace(gateway::handlers{api, bridge, publisher, config.max_wait, config.hooks},
                  std::move(guards->access), gateway::rate_limiter{config.requests_per_second},
                  std::random_device{}(), log);
  lobby.emplace(std::move(*doors), limits_of(config, limits), config.max_connections, *service,
                log);
  lobby->show(std::move(guards->identity));
  lobby->start();
  publisher.start();
  following = api.follow([this](const engine_event& news) { publisher.note(news); });
  const signals_blocked guard;
  thread = std::thread{[this] { run(); }};
  return caf::none;
}

caf::error http_gateway::impl::reload(const http_config& changed) {
  auto guards = security_of(changed);
  if (!guards)
    return guards.error();
  asio::post(io, [this, fresh = std::move(*guards)]() mutable {
    service->replace(std::move(fresh.access));
    lobby->show(std::move(fresh.identity));
  });
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
  asio::post(io, [&] { lobby->drain([&] { drained.set_value(); }); });
  const auto in_time = end.wait_for(deadline) == std::future_status::ready;
  asio::post(io, [this] {
    publisher.close();
    lobby->close();
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

caf::error http_gateway::start(const std::vector<int>& inherited) {
  return impl_->start(inherited);
}

caf::error http_gateway::reload(const http_config& config) {
  return impl_->reload(config);
}

bool http_gateway::responds(std::chrono::milliseconds patience) const {
  // Shared: whoever waits may be gone when the thread gets to it.
  const auto taken = std::make_shared<std::promise<void>>();
  asio::post(impl_->io, [taken] { taken->set_value(); });
  return taken->get_future().wait_for(patience) == std::future_status::ready;
}

std::uint16_t http_gateway::port() const {
  return impl_->served_port;
}

const std::string& http_gateway::address() const {
  return impl_->served_address;
}

const std::vector<std::string>& http_gateway::urls() const {
  return impl_->served_urls;
}

bool http_gateway::stop(milliseconds deadline) {
  return impl_->stop(deadline);
}

}  // namespace headway
