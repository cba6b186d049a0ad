#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <variant>

#include <messages/error.hpp>
#include <storage/db/batch.hpp>

namespace headway::db {

namespace {

/// Kind of write, project, remote, fetch.
using write_key = std::tuple<std::size_t, std::string_view, std::string_view, std::uint64_t>;

write_key key_of(const write& x) {
  if (const auto* status = std::get_if<put_status>(&x))
    return {x.index(), status->status->project.slug, {}, 0};
  if (const auto* remote = std::get_if<put_remote>(&x))
    return {x.index(), remote->project.slug, remote->state.remote, 0};
  return {x.index(), {}, {}, std::get<put_fetch>(x).report->id.value};
}

bool changes_registry(const write& x) noexcept {
  return std::holds_alternative<put_project>(x) || std::holds_alternative<delete_project>(x) ||
         std::holds_alternative<set_activity>(x);
}

bool is_complete(const write& x) noexcept {
  if (const auto* status = std::get_if<put_status>(&x))
    return status->status != nullptr;
  if (const auto* fetch = std::get_if<put_fetch>(&x))
    return fetch->report != nullptr;
  return true;
}

}  // namespace

batch_plan plan(const std::vector<write>& writes) {
  batch_plan result;
  std::set<write_key> later;
  for (auto x = writes.rbegin(); x != writes.rend(); ++x) {
    if (changes_registry(*x)) {
      result.needs = durability::registry;
    } else if (!later.insert(key_of(*x)).second) {
      ++result.coalesced;
      continue;
    } else {
      result.only_registry = false;
    }
    result.writes.push_back(&*x);
  }
  std::reverse(result.writes.begin(), result.writes.end());
  return result;
}

caf::error check_complete(const std::vector<write>& writes) {
  if (std::all_of(writes.begin(), writes.end(), is_complete))
    return {};
  return make_error(ec::invalid_argument, "a write to the database lacks what is to be written");
}

}  // namespace headway::db
