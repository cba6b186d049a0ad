#include <unordered_set>

#include <actors/graph/pair_cache.hpp>

namespace headway {

std::optional<ahead_behind> pair_cache::find(const tip_pair& pair) {
  const auto it = entries_.find(pair);
  if (it == entries_.end())
    return std::nullopt;
  by_use_.splice(by_use_.end(), by_use_, it->second.position);
  return it->second.counts;
}

void pair_cache::insert(const tip_pair& pair, const ahead_behind& counts) {
  const auto [it, added] = entries_.try_emplace(pair);
  it->second.counts = counts;
  if (added)
    it->second.position = by_use_.insert(by_use_.end(), pair);
}

std::size_t pair_cache::set_live(const std::string& clone, const pair_list& pairs) {
  auto& current = live_[clone];
  if (current && (current == pairs || *current == *pairs))
    return 0;
  current = pairs;
  std::unordered_set<oid> tips;
  for (const auto& [name, list] : live_)
    for (const auto& pair : *list) {
      tips.insert(pair.local);
      tips.insert(pair.upstream);
    }
  return std::erase_if(entries_, [&](const auto& item) {
    const auto& [pair, value] = item;
    if (tips.contains(pair.local) || tips.contains(pair.upstream))
      return false;
    by_use_.erase(value.position);
    return true;
  });
}

std::size_t pair_cache::shrink(std::size_t count) {
  std::size_t gone = 0;
  while (gone < count && !by_use_.empty()) {
    entries_.erase(by_use_.front());
    by_use_.pop_front();
    ++gone;
  }
  return gone;
}

}  // namespace headway
