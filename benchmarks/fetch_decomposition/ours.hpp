/// Headway's part of the contest: a look at the remote over a connection that is kept, and a fetch.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmarks/measure/stopwatch.hpp>

#include <messages/fetch.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/fetch_connections.hpp>
#include <storage/remote/http_prober.hpp>

namespace headway::fetch_decomposition {

struct fetch_cost {
  measure::elapsed spent;
  remote_fetch_report report;
};

/// Keeps its connections from fetch to fetch, as a node does.
class our_fetches {
 public:
  explicit our_fetches(fetch_backend backend) : backend_{backend} {}

  /// Looks and fetches, at these branches. Throws when that fails.
  fetch_cost fetch(const std::filesystem::path& clone, const std::string& url,
                   const std::vector<std::string>& branches = {"main"});

 private:
  advertised_refs_ptr look(const std::string& url, std::vector<std::string> refs);

  fetch_backend backend_;
  remote::http_prober prober_;
  std::shared_ptr<git::fetch_connections> connections_ = std::make_shared<git::fetch_connections>();
};

}  // namespace headway::fetch_decomposition
