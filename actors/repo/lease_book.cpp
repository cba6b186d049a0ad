#include <algorithm>

#include <actors/repo/lease_book.hpp>

namespace headway {

namespace {

// An open handle of a medium repository: its structures and a few mapped pack indexes. Replaced by
// the measured cost when the lease comes back.
constexpr handle_cost estimate{512ull << 10, 8};

// Under pressure the budget is halved at each look, down to the first share, and grows back by the
// second.
constexpr std::uint64_t least_share = 16;
constexpr std::uint64_t regained_share = 8;

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
    idle_.erase({slot.last_used, number});
    leased_[ticket] = number;
    grants_.push_back({ticket, number});
    ++hits_;
    return true;
  }
  const auto cost = expected_cost(key);
  if (of_key.size() >= limits_.per_repository || !make_room(cost)) {
    if (of_key.empty())
      by_key_.erase(key);
    return false;
  }
  const auto number = next_slot_++;
  // `make_room` may have closed other slots of other keys, never of this one: all of this are
  // leased.
  by_key_[key].push_back(number);
  slots_[number] = {key, cost, true, {}};
  used_.memory_bytes += cost.memory_bytes;
  used_.file_descriptors += cost.file_descriptors;
  leased_[ticket] = number;
  grants_.push_back({ticket, number});
  ++misses_;
  return true;
}

handle_cost lease_book::expected_cost(const std::string& key) const {
  const auto known = expensive_.find(key);
  return known == expensive_.end() ? estimate : known->second;
}

bool lease_book::fits(const handle_cost& cost) const {
  return used_.memory_bytes + cost.memory_bytes <= allowed_memory_ &&
         used_.file_descriptors + cost.file_descriptors <= limits_.file_descriptors;
}

bool lease_book::make_room(const handle_cost& cost) {
  while (!fits(cost) || slots_.size() >= limits_.handles) {
    if (idle_.empty())
      return slots_.empty();
    evict_oldest();
  }
  return true;
}

void lease_book::shrink() {
  while (!fits({}) && !idle_.empty())
    evict_oldest();
}

void lease_book::evict_oldest() {
  close(idle_.begin()->second);
  ++evicted_;
}

void lease_book::close(std::uint64_t number) {
  const auto it = slots_.find(number);
  used_.memory_bytes -= it->second.cost.memory_bytes;
  used_.file_descriptors -= it->second.cost.file_descriptors;
  idle_.erase({it->second.last_used, number});
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
  idle_.emplace(now, number);
  used_.memory_bytes -= slot.cost.memory_bytes;
  used_.file_descriptors -= slot.cost.file_descriptors;
  slot.cost = cost.value_or(handle_cost{});
  used_.memory_bytes += slot.cost.memory_bytes;
  used_.file_descriptors += slot.cost.file_descriptors;
  if (slot.cost.memory_bytes > estimate.memory_bytes ||
      slot.cost.file_descriptors > estimate.file_descriptors)
    expensive_[slot.key] = slot.cost;
  else
    expensive_.erase(slot.key);
  if (!cost)
    close(number);
  shrink();
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

void lease_book::promote(std::uint64_t ticket) {
  auto& [people, background] = waiting_;
  const auto it = std::ranges::find(background, ticket, &wait::ticket);
  if (it == background.end())
    return;
  people.push_back(std::move(*it));
  background.erase(it);
  serve_waiting();
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
  bool closed = false;
  while (!idle_.empty() && now - idle_.begin()->first >= limits_.idle_ttl) {
    close(idle_.begin()->second);
    closed = true;
  }
  if (closed)
    serve_waiting();
}

void lease_book::squeeze() {
  allowed_memory_ = std::max(limits_.memory_bytes / least_share,
                             std::min(allowed_memory_, used_.memory_bytes) / 2);
  shrink();
  serve_waiting();
}

void lease_book::relax() {
  if (allowed_memory_ == limits_.memory_bytes)
    return;
  allowed_memory_ =
      std::min(limits_.memory_bytes, allowed_memory_ + limits_.memory_bytes / regained_share + 1);
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
