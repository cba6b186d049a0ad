/// From a request to its reply.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <actors/gateway/access_rules.hpp>
#include <actors/gateway/handlers.hpp>
#include <actors/gateway/reply.hpp>
#include <actors/gateway/request.hpp>
#include <actors/gateway/request_figures.hpp>
#include <actors/gateway/request_id.hpp>
#include <actors/gateway/target.hpp>

namespace spdlog {
class logger;
}

namespace headway::gateway {

/// A request that has been taken, and perhaps answered already.
struct taken_request {
  /// How much longer than usual the answer may take, because the client asked to wait.
  std::chrono::milliseconds patience{};
  /// Answers in the engine's place, which has taken too long.
  std::function<void()> give_up;
};

/// All of them, as "get /projects/{id}".
std::vector<std::string> described_routes();

/// Not thread-safe: the gateway's thread owns it. REQUIRES: outlives the bridge of its handlers.
class routes {
 public:
  routes(handlers actions, access_rules access, std::uint32_t id_seed,
         std::shared_ptr<spdlog::logger> log);

  /// Calls `done` on this thread, before or after it returns: once, or once more after `give_up`.
  taken_request handle(request asked, answer done);

  /// The reply to something that is no request, or not yet.
  reply refuse(unsigned status, std::string_view detail);

  /// From the next request on.
  void replace(access_rules access) { access_ = std::move(access); }

 private:
  answer signed_and_logged(const request& asked, answer done);
  std::chrono::milliseconds dispatch(request asked, target where, answer done);

  std::shared_ptr<request_figures> figures_;
  handlers actions_;
  access_rules access_;
  request_ids ids_;
  std::shared_ptr<spdlog::logger> log_;
};

}  // namespace headway::gateway
