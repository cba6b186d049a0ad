#include <algorithm>
#include <cstring>

#include <tests/simulation/history.hpp>

namespace headway::simulation {

oid history::commit(std::vector<oid> parents) {
  oid id;
  auto number = (commits_.size() + 1) * 0x9e3779b97f4a7c15ull;
  for (auto& byte : id.bytes) {
    number ^= number >> 29;
    number *= 0xbf58476d1ce4e5b9ull;
    byte = static_cast<std::uint8_t>(number >> 56);
  }
  commits_.emplace(id, std::move(parents));
  return id;
}

const std::vector<oid>* history::parents(const oid& commit, const std::optional<oid>& graft) const {
  static const std::vector<oid> none;
  if (graft == commit)
    return &none;
  const auto it = commits_.find(commit);
  return it == commits_.end() ? nullptr : &it->second;
}

std::set<oid> history::ancestry(const oid& tip, const std::optional<oid>& graft) const {
  std::set<oid> seen{tip};
  std::vector<oid> open{tip};
  while (!open.empty()) {
    const auto commit = open.back();
    open.pop_back();
    for (const auto& parent : *parents(commit, graft))
      if (seen.insert(parent).second)
        open.push_back(parent);
  }
  return seen;
}

ahead_behind history::count(const oid& local, const oid& upstream,
                            const std::optional<oid>& graft) {
  const auto [it, fresh] = counted_.try_emplace({local, upstream, graft});
  if (!fresh)
    return it->second;
  const auto ours = ancestry(local, graft);
  const auto theirs = ancestry(upstream, graft);
  const auto lacking = [](const std::set<oid>& of, const std::set<oid>& in) {
    return std::uint64_t(std::ranges::count_if(of, [&](const oid& x) { return !in.contains(x); }));
  };
  it->second = {lacking(ours, theirs), lacking(theirs, ours)};
  return it->second;
}

}  // namespace headway::simulation
