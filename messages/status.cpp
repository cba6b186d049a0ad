#include <array>
#include <tuple>

#include <messages/status.hpp>

namespace headway {

namespace {

constexpr std::array<std::string_view, 8> branch_names{
    "in_sync", "ahead", "behind", "diverged", "no_upstream", "upstream_gone", "unborn", "unknown"};
constexpr std::array<std::string_view, 8> project_names{
    "fresh", "stale", "refreshing", "error", "auth_required", "suspended", "missing", "corrupt"};
constexpr std::array<std::string_view, 7> outcome_names{
    "never", "unchanged", "updated", "failed", "auth_required", "timed_out", "cancelled"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names,
                         std::string_view name) noexcept {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name)
      return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(branch_state state) noexcept {
  return branch_names[static_cast<std::size_t>(state)];
}

std::string_view to_string(project_state state) noexcept {
  return project_names[static_cast<std::size_t>(state)];
}

std::string_view to_string(fetch_outcome outcome) noexcept {
  return outcome_names[static_cast<std::size_t>(outcome)];
}

std::optional<branch_state> branch_state_from(std::string_view name) noexcept {
  return find<branch_state>(branch_names, name);
}

std::optional<project_state> project_state_from(std::string_view name) noexcept {
  return find<project_state>(project_names, name);
}

std::optional<fetch_outcome> fetch_outcome_from(std::string_view name) noexcept {
  return find<fetch_outcome>(outcome_names, name);
}

bool same_content(const sync_status& a, const sync_status& b) noexcept {
  const auto visible = [](const sync_status& x) {
    return std::tie(x.project, x.path, x.state, x.reason, x.detached_head, x.shallow, x.remotes,
                    x.branches);
  };
  return visible(a) == visible(b);
}

}  // namespace headway
