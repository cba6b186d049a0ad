/// Which fetch runs next. Plain class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <messages/fetch.hpp>

namespace headway {

/// What a fetch is of: an object store and one of its remotes.
struct fetch_key {
  std::string common_dir;
  std::string remote;

  friend auto operator<=>(const fetch_key&, const fetch_key&) = default;
};

/// Earlier reasons go first, each first come, first served. Passed over are: a store of which
/// another remote is being fetched, and a host with as many running as it may have; neither holds
/// up what stands behind it.
class fetch_queue {
 public:
  explicit fetch_queue(std::size_t per_host) : per_host_(per_host) {}

  /// One that waits already is moved forward if this reason is earlier.
  void push(const fetch_key& key, const std::string& host, fetch_reason reason);

  /// Whether what the queue does not know lets one run now.
  using gate = std::function<bool(const fetch_key& key, const std::string& host)>;
  /// Takes the next one that may run, and counts it as running.
  std::optional<fetch_key> pop(const gate& may_run = {});

  /// A popped one has ended.
  void finished(const fetch_key& key);

  bool remove(const fetch_key& key);
  /// Takes out all that wait for a host.
  std::vector<fetch_key> drain(const std::string& host);
  /// From 1 on; nothing for one that does not wait.
  std::optional<std::size_t> position(const fetch_key& key) const;
  std::optional<fetch_reason> reason(const fetch_key& key) const;
  bool contains(const fetch_key& key) const { return places_.contains(key); }
  bool store_busy(const std::string& common_dir) const { return busy_stores_.contains(common_dir); }
  std::size_t waiting() const { return order_.size(); }
  std::size_t running() const { return busy_stores_.size(); }
  void configure(std::size_t per_host) { per_host_ = per_host; }

 private:
  using place = std::pair<fetch_reason, std::uint64_t>;
  struct item {
    fetch_key key;
    std::string host;
  };

  std::size_t per_host_;
  std::map<place, item> order_;
  std::map<fetch_key, place> places_;
  // To the host that is talked to: the remote's address may change while it is being fetched.
  std::unordered_map<std::string, std::string> busy_stores_;
  std::unordered_map<std::string, std::size_t> running_per_host_;
  std::uint64_t next_ = 0;
};

}  // namespace headway
