#include <algorithm>
#include <bit>
#include <utility>

#include <storage/graph/oid_table.hpp>

namespace headway::graph {

oid_table::oid_table(std::vector<oid> ids) : ids_{std::move(ids)} {
  grow(std::bit_ceil(ids_.size() + ids_.size() / 2 + 1));
}

oid_table::insertion oid_table::insert(const oid& id) {
  if ((ids_.size() + 1) * 3 > slots_.size() * 2)
    grow(std::max<std::size_t>(16, slots_.size() * 2));
  auto& slot = slots_[slot_of(id)];
  if (slot != empty)
    return {slot, false};
  slot = static_cast<std::uint32_t>(ids_.size());
  ids_.push_back(id);
  return {slot, true};
}

std::optional<std::uint32_t> oid_table::find(const oid& id) const noexcept {
  if (slots_.empty())
    return std::nullopt;
  const auto index = slots_[slot_of(id)];
  return index == empty ? std::nullopt : std::optional{index};
}

std::size_t oid_table::slot_of(const oid& id) const noexcept {
  const auto mask = slots_.size() - 1;
  auto slot = std::hash<oid>{}(id)&mask;
  while (slots_[slot] != empty && ids_[slots_[slot]] != id)
    slot = (slot + 1) & mask;
  return slot;
}

void oid_table::grow(std::size_t slots) {
  slots_.assign(slots, empty);
  for (std::uint32_t i = 0; i < ids_.size(); ++i)
    slots_[slot_of(ids_[i])] = i;
}

}  // namespace headway::graph
