#include <algorithm>
#include <utility>

#include <actors/gateway/event_publisher.hpp>
#include <actors/gateway/json.hpp>

namespace headway::gateway {

namespace {

constexpr std::chrono::milliseconds between_publications{100};
constexpr std::chrono::seconds between_looks_at_the_scheduler{1};

/// What one publication may bring: the rest waits for the next and coalesces meanwhile, so that a
/// start with ten thousand projects overruns no reader.
constexpr std::size_t most_per_publication = 500;

struct publication {
  event_ring& ring;

  void operator()(const project_info& line) const { ring.add("status", project_info_json(line)); }
  void operator()(const sync_status_ptr& status) const { (*this)(line_of(*status)); }
  void operator()(const remotes_changed& change) const {
    ring.add("fetch", remotes_json(change.project, *change.remotes));
  }
  void operator()(const project_removed& gone) const {
    ring.add("removed", project_id_json(gone.project));
  }
};

}  // namespace

event_publisher::event_publisher(boost::asio::io_context& io, gateway_api& api,
                                 std::shared_ptr<call_bridge> bridge,
                                 std::shared_ptr<event_ring> ring, std::function<bool()> offer)
    : api_(api),
      bridge_(std::move(bridge)),
      ring_(std::move(ring)),
      offer_(std::move(offer)),
      publish_timer_(io),
      scheduler_timer_(io) {}

std::shared_ptr<event_reader> event_publisher::subscribe(std::string_view last_event_id) {
  newcomers_ = true;
  auto reader = std::make_shared<event_reader>(ring_, last_event_id);
  if (reader->is_behind())
    wake();
  return reader;
}

void event_publisher::close() {
  closed_ = true;
  publish_timer_.cancel();
  scheduler_timer_.cancel();
}

void event_publisher::note(const engine_event& news) {
  if (feed_.note(news))
    bridge_->run([this] { wake(); });
}

void event_publisher::wake() {
  if (publication_waits_ || closed_)
    return;
  publication_waits_ = true;
  publish_timer_.expires_at(std::max(clock::now(), last_publication_ + between_publications));
  publish_timer_.async_wait([this](boost::system::error_code error) {
    if (!error)
      publish();
  });
}

void event_publisher::publish() {
  publication_waits_ = false;
  last_publication_ = clock::now();
  for (const auto& news : feed_.take(most_per_publication))
    std::visit(publication{*ring_}, news);
  const bool somebody_is_behind = offer_();
  if (somebody_is_behind || !feed_.empty())
    wake();
}

void event_publisher::watch_scheduler() {
  if (ring_->readers() > 0 && !asking_)
    ask_scheduler();
  scheduler_timer_.expires_after(between_looks_at_the_scheduler);
  scheduler_timer_.async_wait([this](boost::system::error_code error) {
    if (!error)
      watch_scheduler();
  });
}

void event_publisher::ask_scheduler() {
  auto done =
      bridge_->admit<scheduler_state_ptr>([this](const caf::expected<scheduler_state_ptr>& state) {
        asking_ = false;
        if (!state || !*state)
          return;
        auto text = scheduler_state_json(**state);
        const bool newcomers = std::exchange(newcomers_, false);
        if (text == scheduler_ && !newcomers)
          return;
        ring_->add("scheduler", text);
        scheduler_ = std::move(text);
        wake();
      });
  if (!done)
    return;
  asking_ = true;
  api_.async_scheduler(std::move(done));
}

}  // namespace headway::gateway
