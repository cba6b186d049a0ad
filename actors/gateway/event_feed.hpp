/// What has happened in the engine and was not published yet.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <messages/interfaces.hpp>

namespace headway::gateway {

/// Keeps, of each project, the last word on how it stands and the last on what its remotes do: who
/// looks ten times a second need not hear of a hundred changes. Bounded by the number of projects.
/// Any thread.
class event_feed {
 public:
  /// Whether nothing waited before: then somebody has to be told to come.
  bool note(engine_event news);
  /// The oldest `most` of them.
  std::vector<engine_event> take(std::size_t most);
  bool empty() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> order_;
  std::unordered_map<std::string, engine_event> waiting_;
};

}  // namespace headway::gateway
