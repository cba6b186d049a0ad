/// The requests of `headway` to a node.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/fetch.hpp>
#include <messages/project.hpp>
#include <messages/status.hpp>
#include <tools/client/documents.hpp>
#include <tools/client/http_client.hpp>
#include <tools/survey/survey.hpp>

namespace headway::tools {

/// A sync status as the node wrote it and as it reads.
struct node_document {
  std::string json;
  std::string etag;
  sync_status_ptr status;
};

struct node_documents {
  std::vector<node_document> documents;  ///< By project id.
  std::vector<trouble> troubles;
  bool complete = true;
};

/// Not thread-safe. Blocks. Errors are those of `http_client` and of the node's answers.
class node {
 public:
  explicit node(http_client client);

  const std::string& url() const noexcept { return client_.url(); }

  /// Nothing when the node can do its work.
  caf::error readiness();

  caf::expected<std::vector<project_info>> list();

  /// What the settings of the node let it fetch.
  caf::expected<fetch_rules> rules();

  struct added {
    enum class how_it_came { new_project, known_already };
    how_it_came how;
    std::string id;
  };
  /// REQUIRES: `path` is absolute.
  caf::expected<added> add(const std::string& path);
  caf::error remove(const std::string& id);
  caf::error set_activity(const std::string& id, project_activity wish);

  /// The documents of `ids`. What has not changed since the last call is not sent again.
  node_documents statuses(const std::vector<std::string>& ids, const survey_watch& watch);

  struct fetches {
    std::vector<fetch_report> reports;
    std::vector<trouble> troubles;
    std::vector<std::string> nothing_to_fetch;  ///< Ids of projects without a remote to fetch from.
    bool complete = true;
  };
  /// Fetches and waits for the end of all. What is still going on when `watch` says stop is
  /// cancelled: it was begun for this call.
  fetches fetch(const std::vector<std::string>& ids, const survey_watch& watch);

  /// Starts a fetch, or joins one; does not wait.
  caf::error begin_fetch(const std::string& id);

  /// Reads the stream of events, as `http_client::follow` does.
  caf::error follow(int descriptor, const std::function<void(std::string_view)>& take,
                    const std::function<pace()>& glance);

  struct open_fetch {
    std::string project;
    fetch_id id;
  };

 private:
  struct fetch_question {
    http_call (*call)(const open_fetch&);
    /// For so long the answer is waited for after `watch` said stop.
    std::chrono::milliseconds patience{};
  };
  /// Those of `open` that still go on after the question; the others go into `result`.
  std::vector<open_fetch> ask_about(const std::vector<open_fetch>& open, fetch_question question,
                                    std::size_t all, const survey_watch& watch, fetches& result);
  void cancel(const std::vector<open_fetch>& open);

  http_client client_;
  std::map<std::string, node_document> known_;
};

}  // namespace headway::tools
