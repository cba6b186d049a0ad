#include <iterator>

#include <actors/fetch/fetch_queue.hpp>

namespace headway {

void fetch_queue::push(const fetch_key& key, const std::string& host, fetch_reason reason) {
  if (const auto it = places_.find(key); it != places_.end()) {
    if (reason < it->second.first) {
      auto node = order_.extract(it->second);
      node.key() = it->second = {reason, next_++};
      order_.insert(std::move(node));
    }
    return;
  }
  const place where{reason, next_++};
  order_.emplace(where, item{key, host});
  places_.emplace(key, where);
}

std::optional<fetch_key> fetch_queue::pop(const gate& may_run) {
  for (auto it = order_.begin(); it != order_.end(); ++it) {
    const auto& [key, host] = it->second;
    if (busy_stores_.contains(key.common_dir) || (may_run && !may_run(key, host)))
      continue;
    // The disk is no host that could be overwhelmed by connections.
    auto& at_host = running_per_host_[host];
    if (host != "file" && at_host >= per_host_)
      continue;
    ++at_host;
    busy_stores_.emplace(key.common_dir, host);
    auto result = key;
    places_.erase(key);
    order_.erase(it);
    return result;
  }
  return std::nullopt;
}

void fetch_queue::finished(const fetch_key& key) {
  const auto node = busy_stores_.extract(key.common_dir);
  if (!node)
    return;
  const auto it = running_per_host_.find(node.mapped());
  if (--it->second == 0)
    running_per_host_.erase(it);
}

std::vector<fetch_key> fetch_queue::drain(const std::string& host) {
  std::vector<fetch_key> result;
  std::erase_if(order_, [&](auto& entry) {
    if (entry.second.host != host)
      return false;
    places_.erase(entry.second.key);
    result.push_back(std::move(entry.second.key));
    return true;
  });
  return result;
}

std::optional<std::size_t> fetch_queue::position(const fetch_key& key) const {
  const auto it = places_.find(key);
  if (it == places_.end())
    return std::nullopt;
  return static_cast<std::size_t>(std::distance(order_.begin(), order_.find(it->second))) + 1;
}

std::optional<fetch_reason> fetch_queue::reason(const fetch_key& key) const {
  const auto it = places_.find(key);
  return it == places_.end() ? std::nullopt : std::optional{it->second.first};
}

bool fetch_queue::remove(const fetch_key& key) {
  const auto it = places_.find(key);
  if (it == places_.end())
    return false;
  order_.erase(it->second);
  places_.erase(it);
  return true;
}

}  // namespace headway
