/// Which remotes are probed next, and which of them together. Plain class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <actors/fetch/fetch_queue.hpp>
#include <messages/fetch.hpp>

namespace headway {

/// Where a remote lies, as far as the scheduler may know: without any login.
struct remote_place {
  std::string host;
  std::string url;
};

/// Remotes that one look serves, in the order in which they came.
struct probe_batch {
  std::string host;
  std::vector<std::pair<fetch_key, fetch_reason>> remotes;

  bool empty() const noexcept { return remotes.empty(); }
};

/// Earlier reasons go first, each first come, first served; everything that waits for the same
/// address goes along. A line for each host, so that one that is full or ill costs the others
/// nothing.
class probe_queue {
 public:
  void push(const fetch_key& key, const remote_place& where, fetch_reason reason);

  /// How many may ask that host at once, if the next one has this reason.
  using host_limit = std::function<std::size_t(const std::string& host, fetch_reason reason)>;
  /// Takes the next ones that may go, counted as one at their host. Empty: none may.
  probe_batch pop(const host_limit& limit);

  /// A popped batch has ended.
  void finished(const std::string& host);

  /// Takes out all that wait for a host.
  std::vector<fetch_key> drain(const std::string& host);

  bool remove(const fetch_key& key);
  bool contains(const fetch_key& key) const { return places_.contains(key); }
  std::size_t waiting() const { return places_.size(); }
  std::size_t running() const { return running_; }
  std::size_t running_at(const std::string& host) const;
  /// From 1 on; nothing for one that does not wait.
  std::optional<std::size_t> position(const fetch_key& key) const;
  std::optional<fetch_reason> reason(const fetch_key& key) const;

 private:
  using turn = std::pair<fetch_reason, std::uint64_t>;
  struct item {
    fetch_key key;
    std::string url;
  };
  struct line {
    std::map<turn, item> waiting;
    std::unordered_map<std::string, std::set<turn>> by_url;
    std::size_t running = 0;
  };
  struct place {
    std::string host;
    turn at;
  };

  static item take(line& from, const turn& at);
  void drop_if_idle(const std::string& host);

  std::unordered_map<std::string, line> lines_;  ///< By host.
  std::map<fetch_key, place> places_;
  std::size_t running_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace headway
