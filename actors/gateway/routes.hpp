/// From a request to its reply.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <actors/gateway/access_rules.hpp>
#include <actors/gateway/handlers.hpp>
#include <actors/gateway/http_date.hpp>
#include <actors/gateway/rate_limiter.hpp>
#include <actors/gateway/reply.hpp>
#include <actors/gateway/request.hpp>
#include <actors/gateway/request_figures.hpp>
#include <actors/gateway/request_id.hpp>
#include <actors/gateway/standing_answers.hpp>
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
  routes(handlers actions, access_rules access, rate_limiter limiter, std::uint32_t id_seed,
         std::shared_ptr<spdlog::logger> log);

  /// Calls `done` on this thread, before or after it returns: once, or once more after `give_up`.
  taken_request handle(request asked, answer done);

  /// `asked` as one that `answer_standing` can answer; nothing when it has to be handled.
  std::optional<standing_request> recognise(const request& asked);

  /// Appends the whole reply to `out`, for a connection that stays, unless somebody has to be asked
  /// first: then the request has to be handled.
  bool answer_standing(const standing_request& asked, std::string& out);

  /// For the Date of all replies.
  http_date& date() { return date_; }

  /// The reply to something that is no request, or not yet.
  reply refuse(unsigned status, std::string_view detail);

  /// From the next request on.
  void replace(access_rules access) {
    access_ = std::move(access);
    ++rules_;
  }

 private:
  answer signed_and_logged(const request& asked, answer done);
  std::chrono::milliseconds dispatch(request asked, target where, answer done);

  std::shared_ptr<request_figures> figures_;
  handlers actions_;
  access_rules access_;
  std::uint64_t rules_ = 0;  ///< Counts those that there were.
  rate_limiter limiter_;
  standing_answers standing_;
  http_date date_;
  std::chrono::sys_time<std::chrono::milliseconds> as_of_{};
  std::string as_of_text_;
  std::string id_;  ///< Of the last standing answer.
  request_ids ids_;
  std::shared_ptr<spdlog::logger> log_;
};

}  // namespace headway::gateway
