#include <algorithm>

#include <actors/repo/lease_book.hpp>

namespace headway {

namespace {

// An open handle of a medium repository: its structures and a few mapped pack indexes. Replaced by
// the measured cost when the lease comes back.
constexpr handle_cost estimate{512ull << 10, 8};

}  // namespace

lease_book::verdict lease_book::acquire(std::uint64_t ticket, const std::string& key, urgency who) {
  // Who comes later must not overtake who waits, at equal urgency.
  const bool queue_free =
      waiting_[0].empty() && (who == urgency::foreground || waiting_[1].empty());
  if (queue_free && try_grant(ticket, key))
    return verdict::granted;
  if (waiting_[0].size() + waiting_[1].size() >= limits_.queue)
    return verdict::overloaded;
  waiting_[static_cast<std::size_t>(who)].push_back({ticket, key});
  serve_waiting();
  return leased_.contains(ticket) ? verdict::granted : verdict::waiting;
}

bool lease_book::try_grant(std::uint64_t ticket, const std::string& key) {
  auto& of_key = by_key_[key];
  for (const auto number : of_key) {
    auto& slot = slots_.at(number);
    if (slot.leased)
      continue;
    slot.leased = true;
    leased_[ticket] = number;
    grants_.push_back({ticket, number});
    ++hits_;
    return true;
  }
  if (of_key.size() >= limits_.per_repository || !make_room(estimate)) {
    if (of_key.empty())
      by_key_.erase(key);
    return false;
  }
  const auto number = next_slot_++;
  // `make_room` may have closed other slots of other keys, never of this one: all of this are
  // leased.
  by_key_[key].push_back(number);
  slots_[number] = {key, estimate, true, {}};
  used_.memory_bytes += estimate.memory_bytes;
  used_.file_descriptors += estimate.file_descriptors;
  leased_[ticket] = number;
  grants_.push_back({ticket, number});
  ++misses_;
  return true;
}

bool lease_book::fits(const handle_cost& cost) const {
  return used_.memory_bytes + cost.memory_bytes <= limits_.memory_bytes &&
         used_.file_descriptors + cost.file_descriptors <= limits_.file_descriptors;
}

bool lease_book::make_room(const handle_cost& cost) {
  while (!fits(cost)) {
    auto oldest = slots_.end();
    for (auto it = slots_.begin(); it != slots_.end(); ++it)
      if (!it->second.leased &&
          (oldest == slots_.end() || it->second.last_used < oldest->second.last_used))
        oldest = it;
    if (oldest == slots_.end())
      return slots_.empty();
    close(oldest->first);
    ++evicted_;
  }
  return true;
}

void lease_book::close(std::uint64_t number) {
  const auto it = slots_.find(number);
  used_.memory_bytes -= it->second.cost.memory_bytes;
  used_.file_descriptors -= it->second.cost.file_descriptors;
  const auto of_key = by_key_.find(it->second.key);
  std::erase(of_key->second, number);
  if (of_key->second.empty())
    by_key_.erase(of_key);
  slots_.erase(it);
  evictions_.push_back(number);
}

void lease_book::release(std::uint64_t ticket, std::optional<handle_cost> cost,
                         clock::time_point now) {
  const auto lease = leased_.find(ticket);
  if (lease == leased_.end())
    return;
  const auto number = lease->second;
  leased_.erase(lease);
  auto& slot = slots_.at(number);
  slot.leased = false;
  slot.last_used = now;
  used_.memory_bytes -= slot.cost.memory_bytes;
  used_.file_descriptors -= slot.cost.file_descriptors;
  slot.cost = cost.value_or(handle_cost{});
  used_.memory_bytes += slot.cost.memory_bytes;
  used_.file_descriptors += slot.cost.file_descriptors;
  if (!cost)
    close(number);
  else if (!fits({}))
    make_room({});
  serve_waiting();
}

void lease_book::serve_waiting() {
  for (auto& queue : waiting_) {
    // A repository whose handles are all out must not hold up the others behind it.
    for (auto it = queue.begin(); it != queue.end();) {
      if (try_grant(it->ticket, it->key)) {
        it = queue.erase(it);
        continue;
      }
      const auto of_key = by_key_.find(it->key);
      const bool only_this_one =
          of_key != by_key_.end() && of_key->second.size() >= limits_.per_repository;
      if (!only_this_one)
        return;
      ++it;
    }
  }
}

bool lease_book::abandon(std::uint64_t ticket) {
  for (auto& queue : waiting_) {
    const auto it = std::ranges::find(queue, ticket, &wait::ticket);
    if (it == queue.end())
      continue;
    queue.erase(it);
    serve_waiting();
    return true;
  }
  return false;
}

void lease_book::expire(clock::time_point now) {
  std::vector<std::uint64_t> old;
  for (const auto& [number, slot] : slots_)
    if (!slot.leased && now - slot.last_used >= limits_.idle_ttl)
      old.push_back(number);
  for (const auto number : old)
    close(number);
  if (!old.empty())
    serve_waiting();
}

pool_stats lease_book::stats() const {
  return {.open = slots_.size(),
          .leased = leased_.size(),
          .waiting = waiting_[0].size() + waiting_[1].size(),
          .memory_bytes = used_.memory_bytes,
          .file_descriptors = used_.file_descriptors,
          .hits = hits_,
          .misses = misses_,
          .evictions = evicted_};
}

}  // namespace headway
