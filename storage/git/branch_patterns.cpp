#include <algorithm>
#include <string_view>
#include <unordered_set>

#include <fnmatch.h>

#include <storage/git/branch_patterns.hpp>
#include <storage/git/prefetch_refs.hpp>
#include <storage/git/ref_name.hpp>
#include <storage/git/refspec.hpp>

namespace headway::git {

bool matches(const std::vector<std::string>& patterns, const std::string& ref) {
  return std::ranges::any_of(patterns, [&ref](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), ref.c_str(), FNM_NOESCAPE) == 0;
  });
}

std::vector<std::string> pattern_prefixes(const fetch_target& target) {
  std::vector<std::string> result;
  for (const auto& pattern : target.patterns.of_remote)
    result.push_back(pattern.substr(0, pattern.find('*')));
  return result;
}

std::vector<std::string> names_to_ask(const fetch_target& target) {
  auto result = pattern_prefixes(target);
  const auto prefixes = result;
  const auto is_covered = [&prefixes](std::string_view name) {
    return std::ranges::any_of(
        prefixes, [name](const std::string& prefix) { return name.starts_with(prefix); });
  };
  for (const auto& ref : target.refs)
    if (!is_covered(ref.remote_ref))
      result.push_back(ref.remote_ref);
  return result;
}

std::vector<tracked_ref> tracked_in(const fetch_target& target, const advertised_refs& answer) {
  auto result = target.refs;
  if (target.patterns.empty())
    return result;
  std::unordered_set<std::string_view> known;
  for (const auto& ref : target.refs)
    known.insert({ref.remote_ref, ref.tracking_ref});
  const auto specs = parse_refspecs(target.remote.fetch_refspecs);
  const auto first_new = static_cast<std::ptrdiff_t>(result.size());
  for (const auto& [name, id] : answer) {
    if (known.contains(name) || !matches(target.patterns.of_remote, name) ||
        is_excluded(specs, name))
      continue;
    auto here = to_tracking(specs, name);
    if (here && target.patterns.home == upstream_source::prefetch)
      here = prefetch_ref(*here);
    // The name comes from the remote and will be the path of a file.
    if (here && is_valid_ref_name(name) && is_valid_ref_name(*here) && !known.contains(*here))
      result.push_back({name, std::move(*here), std::nullopt});
  }
  std::ranges::sort(result.begin() + first_new, result.end(), {}, &tracked_ref::remote_ref);
  return result;
}

}  // namespace headway::git
