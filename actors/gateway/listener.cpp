#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <spdlog/logger.h>

#include <actors/gateway/listener.hpp>

namespace headway::gateway {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
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

listener::listener(tcp::acceptor acceptor, const connection_limits& limits,
                   std::size_t max_connections, routes& service,
                   std::shared_ptr<spdlog::logger> log)
    : acceptor_(std::move(acceptor)),
      timer_(acceptor_.get_executor()),
      surroundings_{limits,
                    service,
                    std::vector<char>(scratch_size),
                    {},
                    [this](connection& gone) { forget(gone); }},
      max_connections_(max_connections),
      log_(std::move(log)),
      sweep_interval_(interval_for(limits)) {}

void listener::start() {
  accept();
  schedule_sweep();
}

bool listener::offer_events() {
  bool more = false;
  for_each_connection([&more](connection& each) { more = each.offer_events() || more; });
  return more;
}

void listener::drain(std::function<void()> drained) {
  error_code ignored;
  acceptor_.close(ignored);
  drained_ = std::move(drained);
  for_each_connection([](connection& each) { each.drain(); });
  if (connections_.empty() && drained_)
    std::exchange(drained_, nullptr)();
}

void listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
  for_each_connection([](connection& each) { each.close(); });
}

void listener::accept() {
  accepting_ = true;
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    accepting_ = false;
    on_accept(error, std::move(socket));
  });
}

void listener::on_accept(error_code error, tcp::socket socket) {
  if (!acceptor_.is_open())
    return;
  if (!error)
    take(std::move(socket));
  // Out of descriptors or memory: the next sweep tries again, since trying now would only spin.
  else if (error != asio::error::connection_aborted)
    return log_->warn("cannot accept a connection: {}", error.message());
  accept();
}

void listener::take(tcp::socket socket) {
  if (connections_.size() >= max_connections_ + most_told)
    return;
  const auto is_full = connections_.size() >= max_connections_;
  const auto fresh = std::make_shared<connection>(std::move(socket), surroundings_);
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
  if (acceptor_.is_open() && !accepting_)
    accept();
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
