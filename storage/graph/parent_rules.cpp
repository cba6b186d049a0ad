#include <messages/error.hpp>
#include <storage/graph/parent_rules.hpp>

namespace headway::graph {

namespace {

constexpr int longest_replacement_chain = 5;  // MAXREPLACEDEPTH in Git's replace-object.c.

}  // namespace

parent_rules::parent_rules(const ancestry_overrides& overrides)
    : shallow_{overrides.shallow.begin(), overrides.shallow.end()},
      grafts_{overrides.grafts.begin(), overrides.grafts.end()},
      replacements_{overrides.replacements.begin(), overrides.replacements.end()} {}

caf::expected<std::vector<oid>> parent_rules::parents(const oid& commit,
                                                      const parent_reader& read) const {
  if (empty())
    return read(commit);
  const auto object = stand_in(commit);
  if (!object)
    return object.error();
  auto written = read(*object);
  if (!written)
    return written;
  if (shallow_.contains(commit))
    return std::vector<oid>{};
  if (const auto graft = grafts_.find(commit); graft != grafts_.end())
    return graft->second;
  return written;
}

caf::expected<oid> parent_rules::stand_in(const oid& commit) const {
  auto object = commit;
  for (int i = 0; i <= longest_replacement_chain; ++i) {
    const auto next = replacements_.find(object);
    if (next == replacements_.end())
      return object;
    object = next->second;
  }
  return make_error(ec::corrupt, "the replace refs of " + commit.hex() + " go round or too deep");
}

}  // namespace headway::graph
