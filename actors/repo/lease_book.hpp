/// Who may use which repository handle, and which handles stay open. Plain class: time comes in as
/// an argument, handles are named by slot numbers.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <messages/repo.hpp>

namespace headway {

struct lease_limits {
  std::uint64_t memory_bytes = 1ull << 30;
  std::uint64_t file_descriptors = 512;
  std::size_t handles = 4'096;
  std::chrono::milliseconds idle_ttl{300'000};
  std::size_t queue = 4'096;
  /// Handles of one repository at once, so that a long graph load does not hold up the reading of
  /// refs.
  std::size_t per_repository = 4;
};

/// What a handle costs.
struct handle_cost {
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_descriptors = 0;

  friend bool operator==(const handle_cost&, const handle_cost&) = default;
};

/// Budgets hold for the sum over all slots, leased or idle. A slot that was never measured counts
/// with what its repository cost before, or else with an estimate. When nothing is open, one lease
/// is granted even if it alone is over the budget, and closed when it comes back: else a small
/// budget would mean no answer ever.
class lease_book {
 public:
  using clock = std::chrono::steady_clock;

  explicit lease_book(const lease_limits& limits)
      : limits_(limits), allowed_memory_(limits.memory_bytes) {}

  struct grant {
    std::uint64_t ticket = 0;
    std::uint64_t slot = 0;
  };

  enum class verdict { granted, waiting, overloaded };

  /// Asks for a handle of the repository named `key` (its git directory). When granted, `grants()`
  /// has the slot.
  verdict acquire(std::uint64_t ticket, const std::string& key, urgency who);

  /// The holder of `ticket` is done; `cost` as measured, nothing when the handle was not opened.
  void release(std::uint64_t ticket, std::optional<handle_cost> cost, clock::time_point now);

  /// A person waits now for a ticket of the background; nothing happens to another.
  void promote(std::uint64_t ticket);

  /// A waiting ticket gives up. False when it does not wait (any more).
  bool abandon(std::uint64_t ticket);

  /// Slots idle since before the TTL go.
  void expire(clock::time_point now);

  /// The machine runs short of memory: at most half of what is used now may be used from now on.
  void squeeze();

  /// It does not, or not any more: the budget grows back in steps.
  void relax();

  /// Since the last call: leases granted, in order, and slots to close.
  std::vector<grant> take_grants() { return std::exchange(grants_, {}); }
  std::vector<std::uint64_t> take_evictions() { return std::exchange(evictions_, {}); }

  pool_stats stats() const;

 private:
  struct slot_state {
    std::string key;
    handle_cost cost;
    bool leased = true;
    clock::time_point last_used{};
  };
  struct wait {
    std::uint64_t ticket;
    std::string key;
  };

  bool try_grant(std::uint64_t ticket, const std::string& key);
  handle_cost expected_cost(const std::string& key) const;
  bool make_room(const handle_cost& cost);
  bool fits(const handle_cost& cost) const;
  void shrink();
  void evict_oldest();
  void close(std::uint64_t slot);
  void serve_waiting();

  lease_limits limits_;
  std::uint64_t allowed_memory_;  // The budget, or less while the machine is short of memory.
  std::map<std::uint64_t, slot_state> slots_;
  std::unordered_map<std::string, std::vector<std::uint64_t>> by_key_;
  std::unordered_map<std::uint64_t, std::uint64_t> leased_;     // Ticket to slot.
  std::set<std::pair<clock::time_point, std::uint64_t>> idle_;  // Unused for longest first.
  /// What repositories cost that cost more than the estimate.
  std::unordered_map<std::string, handle_cost> expensive_;
  std::deque<wait> waiting_[2];
  std::vector<grant> grants_;
  std::vector<std::uint64_t> evictions_;
  handle_cost used_;
  std::uint64_t next_slot_ = 1;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace headway
