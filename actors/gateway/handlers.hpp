/// What the node does for each route.
#pragma once

#include <chrono>
#include <memory>

#include <actors/gateway/api.hpp>
#include <actors/gateway/call_bridge.hpp>
#include <actors/gateway/event_publisher.hpp>
#include <actors/gateway/exchange.hpp>
#include <actors/gateway/hooks/hook_receiver.hpp>
#include <actors/gateway/request_figures.hpp>
#include <actors/gateway/written_documents.hpp>

namespace headway::gateway {

/// Every function answers its exchange once, on the gateway's thread, before or after it returns.
/// It returns how much longer than usual that may take, because the client asked to wait.
class handlers {
 public:
  using patience = std::chrono::milliseconds;

  handlers(gateway_api& api, std::shared_ptr<call_bridge> bridge, event_publisher& events,
           patience longest_wait, hooks_config hooks)
      : api_(api),
        bridge_(std::move(bridge)),
        events_(events),
        longest_wait_(longest_wait),
        hooks_(std::move(hooks)) {}

  const std::shared_ptr<written_documents>& documents() const noexcept { return documents_; }
  gateway_api& api() const noexcept { return api_; }

  /// What the answers to all requests are noted in.
  const std::shared_ptr<request_figures>& figures() const noexcept { return figures_; }

  patience page(const exchange_ptr& x);
  patience events(const exchange_ptr& x);

  patience health(const exchange_ptr& x);
  patience readiness(const exchange_ptr& x);
  patience metrics(const exchange_ptr& x);
  patience list(const exchange_ptr& x);
  patience add(const exchange_ptr& x);
  patience find(const exchange_ptr& x);
  patience remove(const exchange_ptr& x);
  patience suspend(const exchange_ptr& x);
  patience resume(const exchange_ptr& x);
  patience sync_status(const exchange_ptr& x);
  patience statuses(const exchange_ptr& x);
  patience fetch(const exchange_ptr& x);
  patience fetches(const exchange_ptr& x);
  patience find_fetch(const exchange_ptr& x);
  patience cancel_fetch(const exchange_ptr& x);
  patience schedule(const exchange_ptr& x);
  patience scheduler(const exchange_ptr& x);
  patience hook(const exchange_ptr& x);

 private:
  /// Passes a callback to `start`, and to `then` what it was called with, unless that was an error.
  template <class T, class Start, class Then>
  void ask(const exchange_ptr& x, Start start, Then then);
  void await(const exchange_ptr& x, fetch_id id, patience wait);
  patience set_activity(const exchange_ptr& x, project_activity wish);
  void answer_status(const exchange_ptr& x);
  void refresh_and_answer(const exchange_ptr& x, patience wait);

  gateway_api& api_;
  std::shared_ptr<call_bridge> bridge_;
  event_publisher& events_;
  patience longest_wait_;
  hook_receiver hooks_;
  std::shared_ptr<written_documents> documents_ = std::make_shared<written_documents>();
  std::shared_ptr<request_figures> figures_ = std::make_shared<request_figures>();
};

}  // namespace headway::gateway
