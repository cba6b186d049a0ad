/// The documents of many projects in one answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <actors/gateway/api.hpp>
#include <actors/gateway/call_bridge.hpp>
#include <actors/gateway/exchange.hpp>
#include <actors/gateway/query.hpp>
#include <actors/gateway/written_documents.hpp>

namespace headway::gateway {

/// Lives until its exchange is answered. Belongs to the gateway's thread.
class status_batch : public std::enable_shared_from_this<status_batch> {
 public:
  /// REQUIRES: `api` outlives the bridge.
  status_batch(gateway_api& api, std::shared_ptr<call_bridge> bridge,
               std::shared_ptr<written_documents> written, exchange_ptr x, status_query query);

  void begin();

 private:
  void choose_from_list();
  void choose(const project_page& page);
  void ask_more();
  void answered(std::size_t index, const caf::expected<status_answer>& found);
  void fail(const caf::error& error);
  void finish();

  gateway_api& api_;
  std::shared_ptr<call_bridge> bridge_;
  std::shared_ptr<written_documents> written_;
  exchange_ptr x_;
  status_query query_;
  std::vector<project_id> chosen_;
  std::vector<std::string> documents_;  ///< By index; empty where there is a problem.
  std::vector<std::string> problems_;   ///< The same, the other way round.
  std::vector<std::string> tags_;       ///< Of the documents.
  std::optional<project_id> resume_after_;
  std::size_t asked_ = 0;
  std::size_t running_ = 0;
  bool over_ = false;
};

}  // namespace headway::gateway
