#include <algorithm>

#include <messages/repo.hpp>

namespace headway {

std::vector<tracked_ref> refs_snapshot::tracked(const std::string& remote) const {
  std::vector<tracked_ref> result;
  for (const auto& branch : branches) {
    const auto& upstream = branch.upstream;
    if (upstream && upstream->remote == remote && !upstream->tracking_ref.empty())
      result.push_back({upstream->merge_ref, upstream->tracking_ref, upstream->tip});
  }
  for (const auto* more : {&remote_heads, &matched})
    for (const auto& [name, ref] : *more)
      if (name == remote)
        result.push_back(ref);
  std::ranges::stable_sort(result, {}, &tracked_ref::remote_ref);
  const auto same = [](const tracked_ref& a, const tracked_ref& b) {
    return a.remote_ref == b.remote_ref;
  };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

}  // namespace headway
