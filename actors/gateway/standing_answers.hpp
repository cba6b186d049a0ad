/// Sync statuses that are sent without asking anybody.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <actors/gateway/api.hpp>
#include <actors/gateway/request.hpp>
#include <actors/gateway/reusable_reply.hpp>
#include <actors/gateway/written_documents.hpp>
#include <actors/project/status_board.hpp>

namespace headway::gateway {

/// What a project shows, as replies. Written again when it shows something else.
class standing_answer {
 public:
  explicit standing_answer(std::shared_ptr<const status_slot> slot) : slot_(std::move(slot)) {}

  /// Whether it says what is true at this moment, having been brought up to date.
  bool is_true(written_documents& documents, std::chrono::steady_clock::time_point now);
  bool is_closed() const { return slot_->is_closed(); }

  /// All of these: REQUIRES that it is true.
  std::size_t size() const { return body_.size(); }
  const reusable_reply& in_full();
  const reusable_reply& head_only();
  const reusable_reply& not_modified();
  const std::string& tag() const { return tag_; }

 private:
  void write(written_documents& documents);
  reply document() const;

  std::shared_ptr<const status_slot> slot_;
  std::optional<std::uint64_t> version_;
  std::shared_ptr<const shown_status> shown_;
  sync_status_ptr written_;  ///< What the following say, but for its "as_of".
  std::string body_;
  std::string tag_;
  std::optional<reusable_reply> in_full_;
  std::optional<reusable_reply> head_only_;
  std::optional<reusable_reply> not_modified_;
};

using standing_answer_ptr = std::shared_ptr<standing_answer>;

/// Not thread-safe: the gateway's thread owns it.
class standing_answers {
 public:
  /// Beyond `most` projects all are given up: those that are asked for come back at once.
  explicit standing_answers(gateway_api& api, std::size_t most = 4096) : api_(api), most_(most) {}

  /// Null when there is no such project.
  standing_answer_ptr of(const std::string& project);

 private:
  gateway_api& api_;
  const std::size_t most_;
  std::unordered_map<std::string, standing_answer_ptr> known_;
};

/// A request that has been understood, and let in, and may come again.
struct standing_request {
  standing_answer_ptr answer;
  std::string path;
  std::optional<std::string> id;  ///< As sent, where it will do.
  std::optional<std::string> if_none_match;
  body_rule body = body_rule::send;
  exposure from = exposure::loopback;
  std::string client;
  std::uint64_t rules = 0;  ///< By which it was let in.
};

}  // namespace headway::gateway
