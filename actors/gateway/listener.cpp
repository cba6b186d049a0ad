#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <spdlog/logger.h>
#include <unistd.h>

#include <actors/gateway/listener.hpp>

namespace headway::gateway {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

/// Bytes that one connection may bring in one go; shared by all.
constexpr std::size_t scratch_size = 16 * 1024;

/// Connections above the limit that are told so; more than these are closed without a word.
constexpr std::size_t most_told = 64;

/// A quarter of the shortest deadline: none is overrun by more than that.
milliseconds interval_for(const connection_limits& limits) {
  const auto shortest = std::min(
      {limits.header_timeout, limits.body_timeout, limits.idle_timeout, limits.answer_timeout});
  return std::clamp(shortest / 4, milliseconds{5}, milliseconds{1'000});
}

}  // namespace

listener::listener(std::vector<door> doors, const connection_limits& limits,
                   std::size_t max_connections, routes& service,
                   std::shared_ptr<spdlog::logger> log)
    : timer_(doors.front().acceptor.get_executor()),
      surroundings_{limits, service, std::vector<char>(scratch_size),
                    [this](connection& gone) { forget(gone); }},
      max_connections_(max_connections),
      log_(std::move(log)),
      sweep_interval_(interval_for(limits)) {
  for (auto& each : doors)
    entrances_.push_back({std::move(each)});
}

void listener::start() {
  for (auto& each : entrances_)
    accept(each);
  schedule_sweep();
}

bool listener::offer_events() {
  bool more = false;
  for_each_connection([&more](connection& each) { more = each.offer_events() || more; });
  return more;
}

void listener::drain(std::function<void()> drained) {
  shut();
  drained_ = std::move(drained);
  for_each_connection([](connection& each) { each.drain(); });
  if (connections_.empty() && drained_)
    std::exchange(drained_, nullptr)();
}

void listener::close() {
  shut();
  timer_.cancel();
  for_each_connection([](connection& each) { each.close(); });
}

void listener::shut() {
  for (auto& [way, accepting] : entrances_) {
    error_code ignored;
    if (way.acceptor.is_open() && !way.own_path.empty())
      ::unlink(way.own_path.c_str());
    way.acceptor.close(ignored);
  }
}

void listener::accept(entrance& at) {
  at.accepting = true;
  at.way.acceptor.async_accept([this, &at](error_code error, stream_socket socket) {
    at.accepting = false;
    on_accept(at, error, std::move(socket));
  });
}

void listener::on_accept(entrance& at, error_code error, stream_socket socket) {
  if (!at.way.acceptor.is_open())
    return;
  if (!error)
    take(at, std::move(socket));
  // Out of descriptors or memory: the next sweep tries again, since trying now would only spin.
  else if (error != asio::error::connection_aborted)
    return log_->warn("cannot accept a connection: {}", error.message());
  accept(at);
}

void listener::take(const entrance& from, stream_socket socket) {
  if (connections_.size() >= max_connections_ + most_told)
    return;
  const auto is_full = connections_.size() >= max_connections_;
  const auto identity = from.way.where == exposure::unix_socket ? nullptr : identity_.get();
  const auto fresh =
      std::make_shared<connection>(std::move(socket), surroundings_, from.way.where, identity);
  connections_.insert(fresh);
  if (!is_full)
    return fresh->start();
  fresh->turn_away(
      surroundings_.service.refuse(503, "the node has all the connections it takes; try again"));
}

void listener::schedule_sweep() {
  timer_.expires_after(sweep_interval_);
  timer_.async_wait([this](error_code error) {
    if (!error)
      sweep();
  });
}

void listener::sweep() {
  const auto now = clock::now();
  for_each_connection([now](connection& each) { each.sweep(now); });
  for (auto& each : entrances_)
    if (each.way.acceptor.is_open() && !each.accepting)
      accept(each);
  schedule_sweep();
}

/// An action may end its own connection, and no other.
template <class Action>
void listener::for_each_connection(Action action) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    const auto each = *at++;
    action(*each);
  }
}

void listener::forget(connection& gone) {
  connections_.erase(gone.shared_from_this());
  if (connections_.empty() && drained_)
    std::exchange(drained_, nullptr)();
}

}  // namespace headway::gateway
