/// A node with one project of 20 branches, and its status asked in every state of its caches.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <tools/client/http_client.hpp>
#include <tools/load/fixtures.hpp>
#include <tools/load/node_process.hpp>
#include <tools/load/node_watch.hpp>
#include <tools/load/repository_changes.hpp>

namespace headway::end_to_end {

/// Throws when anything goes wrong.
class sync_status_node {
 public:
  /// `program` is headwayd; everything else lies below `folder`.
  sync_status_node(const std::filesystem::path& program, const std::filesystem::path& folder,
                   const std::filesystem::path& cache);

  /// Of the status document.
  std::string url() const;
  std::string document();
  load::metric_values metrics();

  /// Seconds until the next answer, nothing having changed.
  double ask_warm();
  /// Seconds of the first answer after a start; the start itself is not counted.
  double ask_cold();
  /// Seconds of the answer after a commit on one branch, which it must show. The commit itself is
  /// not counted.
  double ask_dirty();

 private:
  double ask();
  void connect();

  load::scenario plan_;
  std::vector<load::project_fixture> projects_;
  std::unique_ptr<load::node_process> node_;
  std::unique_ptr<tools::http_client> client_;
  load::repository_changes changes_;
  std::string target_;
  std::string last_;
  std::uint64_t asked_ = 0;
};

}  // namespace headway::end_to_end
