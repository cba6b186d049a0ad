/// Object ids, numbered in the order they came, and found again by value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <messages/ids.hpp>

namespace headway::graph {

/// Open addressing on the ids themselves, which are uniformly distributed: about 28 bytes an id,
/// one or two cache misses a look-up. (A sorted array would cost twenty.) Reading is safe from any
/// thread.
class oid_table {
 public:
  oid_table() = default;

  /// Numbers `ids` by their index. REQUIRES: they differ.
  explicit oid_table(std::vector<oid> ids);

  struct insertion {
    std::uint32_t index;
    bool added;  ///< False: it was there.
  };
  insertion insert(const oid& id);

  std::optional<std::uint32_t> find(const oid& id) const noexcept;

  const std::vector<oid>& ids() const noexcept { return ids_; }
  std::uint64_t own_bytes() const noexcept {
    return ids_.capacity() * sizeof(oid) + slots_.capacity() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::uint32_t empty = 0xffffffff;

  std::size_t slot_of(const oid& id) const noexcept;
  void grow(std::size_t slots);

  std::vector<oid> ids_;
  std::vector<std::uint32_t> slots_;  ///< Indices into `ids_`; a power of two of them.
};

}  // namespace headway::graph
