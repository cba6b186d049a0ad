#include <algorithm>

#include <messages/url.hpp>
#include <storage/git/branch_patterns.hpp>
#include <storage/git/ref_name.hpp>
#include <storage/git/upstream.hpp>

namespace headway::git {

namespace {

// A personal configuration may say something of "origin" for all repositories, which does not make
// a remote of it where it has no address.
bool is_remote(const remote_settings& remote) {
  return !remote.urls.empty() || remote.in_repository;
}

remote_config describe(const remote_settings& remote, const settings& configured) {
  const auto url = configured.rewritten(remote.urls.empty() ? remote.name : remote.urls.front());
  return {.name = remote.name,
          .display_url = strip_credentials(url),
          .host = host_key(url),
          .fetch_refspecs = remote.fetch};
}

}  // namespace

upstream_map::upstream_map(const settings& configured, ref_store& refs)
    : configured_{configured}, refs_{refs} {
  for (const auto& remote : configured.remotes)
    specs_.emplace(remote.name, parse_refspecs(remote.fetch));
}

std::vector<remote_config> upstream_map::remotes() const {
  std::vector<remote_config> result;
  for (const auto& remote : configured_.remotes)
    if (is_remote(remote))
      result.push_back(describe(remote, configured_));
  return result;
}

std::optional<upstream_ref> upstream_map::of(const std::string& branch) {
  const auto* configured = configured_.branch(branch);
  if (configured == nullptr || configured->remote.empty() || configured->merge.empty())
    return std::nullopt;
  upstream_ref result{.remote = configured->remote, .merge_ref = configured->merge.front()};
  if (auto tracking = tracking_ref(result.remote, result.merge_ref)) {
    const auto rule = configured_.warn_ambiguous_refs ? uniqueness::among_all_rules
                                                      : uniqueness::among_earlier_rules;
    result.short_name =
        shorten(*tracking, rule, [this](const std::string& name) { return refs_.exists(name); });
    result.tracking_ref = std::move(*tracking);
  }
  return result;
}

std::optional<std::string> upstream_map::tracking_ref(const std::string& remote,
                                                      const std::string& merge) {
  if (const auto specs = specs_.find(remote); specs != specs_.end())
    if (auto result = to_tracking(specs->second, merge))
      return result;
  if (remote == ".")
    return local_ref(merge);
  return std::nullopt;
}

// "main" as upstream is understood as on a command line, but only when it can mean one ref.
std::string upstream_map::local_ref(const std::string& name) {
  std::string found;
  for (const auto& candidate : expansions(name)) {
    const auto ref = refs_.resolve(candidate);
    if (!ref.id)
      continue;
    if (!found.empty())
      return name;
    found = ref.name;
  }
  return found.empty() ? name : found;
}

std::vector<std::pair<std::string, tracked_ref>> upstream_map::remote_heads() {
  std::vector<std::pair<std::string, tracked_ref>> result;
  for (const auto& remote : configured_.remotes) {
    const auto folder = "refs/remotes/" + remote.name + "/";
    const auto target = refs_.symbolic_target(folder + "HEAD");
    if (!is_remote(remote) || !target || !target->starts_with(folder))
      continue;
    if (auto source = to_remote(specs_.at(remote.name), *target))
      result.emplace_back(remote.name, tracked_ref{std::move(*source), *target, std::nullopt});
  }
  std::ranges::sort(result, {},
                    [](const auto& entry) -> const std::string& { return entry.first; });
  return result;
}

std::vector<std::pair<std::string, tracked_ref>> upstream_map::matching(
    const std::set<std::string>& names, const std::vector<std::string>& patterns) {
  std::vector<std::pair<std::string, tracked_ref>> result;
  for (const auto& remote : configured_.remotes) {
    if (!is_remote(remote))
      continue;
    const auto& specs = specs_.at(remote.name);
    for (const auto& name : names) {
      auto source = to_remote(specs, name);
      // A symbolic ref, HEAD of a remote, only looks like a branch of that name.
      if (source && matches(patterns, *source) && to_tracking(specs, *source) == name &&
          !refs_.symbolic_target(name))
        result.emplace_back(remote.name, tracked_ref{std::move(*source), name, std::nullopt});
    }
  }
  return result;
}

}  // namespace headway::git
