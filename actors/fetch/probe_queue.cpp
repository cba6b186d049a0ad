#include <actors/fetch/probe_queue.hpp>

namespace headway {

void probe_queue::push(const fetch_key& key, const remote_place& where, fetch_reason reason) {
  const auto known = places_.find(key);
  if (known != places_.end()) {
    auto& [host, at] = known->second;
    if (reason >= at.first)
      return;
    auto& in = lines_.at(host);
    auto moved = take(in, at);
    at = {reason, next_++};
    in.by_url[moved.url].insert(at);
    in.waiting.emplace(at, std::move(moved));
    return;
  }
  const turn at{reason, next_++};
  auto& in = lines_[where.host];
  in.waiting.emplace(at, item{key, where.url});
  in.by_url[where.url].insert(at);
  places_.emplace(key, place{where.host, at});
}

probe_batch probe_queue::pop(const host_limit& limit) {
  const std::string* chosen = nullptr;
  line* from = nullptr;
  for (auto& [host, candidate] : lines_) {
    if (candidate.waiting.empty())
      continue;
    const auto& first = candidate.waiting.begin()->first;
    const bool earlier = from == nullptr || first < from->waiting.begin()->first;
    if (!earlier || candidate.running >= limit(host, first.first))
      continue;
    chosen = &host;
    from = &candidate;
  }
  if (from == nullptr)
    return {};
  probe_batch batch{*chosen, {}};
  const auto url = from->waiting.begin()->second.url;
  for (const auto& at : std::set<turn>{from->by_url.at(url)}) {
    const auto one = take(*from, at);
    batch.remotes.emplace_back(one.key, at.first);
    places_.erase(one.key);
  }
  ++from->running;
  ++running_;
  return batch;
}

probe_queue::item probe_queue::take(line& from, const turn& at) {
  auto node = from.waiting.extract(at);
  const auto same = from.by_url.find(node.mapped().url);
  same->second.erase(at);
  if (same->second.empty())
    from.by_url.erase(same);
  return std::move(node.mapped());
}

void probe_queue::finished(const std::string& host) {
  --lines_.at(host).running;
  --running_;
  drop_if_idle(host);
}

std::vector<fetch_key> probe_queue::drain(const std::string& host) {
  std::vector<fetch_key> result;
  const auto it = lines_.find(host);
  if (it == lines_.end())
    return result;
  it->second.by_url.clear();
  for (auto& [at, one] : std::exchange(it->second.waiting, {})) {
    places_.erase(one.key);
    result.push_back(std::move(one.key));
  }
  drop_if_idle(host);
  return result;
}

bool probe_queue::remove(const fetch_key& key) {
  const auto it = places_.find(key);
  if (it == places_.end())
    return false;
  const auto host = it->second.host;
  take(lines_.at(host), it->second.at);
  places_.erase(it);
  drop_if_idle(host);
  return true;
}

std::size_t probe_queue::running_at(const std::string& host) const {
  const auto it = lines_.find(host);
  return it == lines_.end() ? 0 : it->second.running;
}

// Asked for by a person now and then, so counting is cheap enough.
std::optional<std::size_t> probe_queue::position(const fetch_key& key) const {
  const auto it = places_.find(key);
  if (it == places_.end())
    return std::nullopt;
  std::size_t before = 0;
  for (const auto& [other, where] : places_)
    before += where.at < it->second.at ? 1 : 0;
  return before + 1;
}

std::optional<fetch_reason> probe_queue::reason(const fetch_key& key) const {
  const auto it = places_.find(key);
  return it == places_.end() ? std::nullopt : std::optional{it->second.at.first};
}

void probe_queue::drop_if_idle(const std::string& host) {
  const auto it = lines_.find(host);
  if (it->second.waiting.empty() && it->second.running == 0)
    lines_.erase(it);
}

}  // namespace headway
