#include <algorithm>

#include <tools/report/arrangement.hpp>
#include <tools/report/attention.hpp>

namespace headway::tools {

namespace {

bool passes(const sync_status& status, const status_filter& filter) {
  if (filter.project && status.state != *filter.project)
    return false;
  return !filter.branch || std::ranges::any_of(status.branches, [&](const branch_status& branch) {
    return branch.state == *filter.branch;
  });
}

std::uint64_t most(const sync_status& status, std::optional<std::uint64_t> branch_status::*count) {
  std::uint64_t result = 0;
  for (const auto& branch : status.branches)
    result = std::max(result, (branch.*count).value_or(0));
  return result;
}

bool comes_before(const sync_status& a, const sync_status& b, status_order order) {
  switch (order) {
    case status_order::as_found:
      return false;
    case status_order::project:
      return a.project.slug < b.project.slug;
    case status_order::path:
      return a.path < b.path;
    case status_order::attention:
      return needs_attention(a) && !needs_attention(b);
    case status_order::behind:
      return most(a, &branch_status::behind) > most(b, &branch_status::behind);
    case status_order::ahead:
      return most(a, &branch_status::ahead) > most(b, &branch_status::ahead);
  }
  return false;
}

}  // namespace

std::vector<std::size_t> arranged(const std::vector<sync_status_ptr>& statuses,
                                  const status_filter& filter, status_order order) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < statuses.size(); ++i)
    if (passes(*statuses[i], filter))
      positions.push_back(i);
  std::ranges::stable_sort(positions, [&](std::size_t a, std::size_t b) {
    return comes_before(*statuses[a], *statuses[b], order);
  });
  return positions;
}

sync_status_ptr narrowed(const sync_status_ptr& status, const status_filter& filter) {
  if (!filter.branch)
    return status;
  auto narrow = std::make_shared<sync_status>(*status);
  std::erase_if(narrow->branches,
                [&](const branch_status& branch) { return branch.state != *filter.branch; });
  return narrow;
}

}  // namespace headway::tools
