#include <algorithm>
#include <cstdlib>
#include <unordered_set>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/mixing.hpp>
#include <storage/git/overrides.hpp>
#include <storage/git/repository.hpp>

namespace headway::git {

namespace {

constexpr std::string_view replace_prefix = "refs/replace/";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

caf::expected<std::string> read_if_there(const std::string& path) {
  auto content = read_file(path);
  if (!content && code_of(content.error()) == ec::missing)
    return std::string{};
  return content;
}

caf::error read_shallow(const std::string& path, ancestry_overrides& out) {
  const auto content = read_if_there(path);
  if (!content)
    return content.error();
  for (const auto line : split(*content, '\n')) {
    const auto id = oid::from_hex(trim_end(line));
    if (!id)
      return make_error(ec::corrupt, path + " has a line that is no object id: '" +
                                         std::string{line.substr(0, 60)} + "'");
    out.shallow.push_back(*id);
  }
  return {};
}

// "COMMIT PARENT PARENT…"
std::optional<std::pair<oid, std::vector<oid>>> parse_graft(std::string_view line) {
  std::vector<oid> ids;
  for (const auto word : split(trim_end(line), ' ')) {
    const auto id = oid::from_hex(word);
    if (!id)
      return std::nullopt;
    ids.push_back(*id);
  }
  if (ids.empty())
    return std::nullopt;
  return std::pair{ids.front(), std::vector<oid>{ids.begin() + 1, ids.end()}};
}

caf::error read_grafts(const std::string& path, ancestry_overrides& out) {
  const auto content = read_if_there(path);
  if (!content)
    return content.error();
  std::unordered_set<oid> known;
  for (const auto line : split(*content, '\n')) {
    if (line.starts_with('#'))
      continue;
    auto graft = parse_graft(line);
    if (graft && known.insert(graft->first).second)
      out.grafts.push_back(std::move(*graft));
  }
  return {};
}

void read_replacements(ref_store& refs, ancestry_overrides& out) {
  for (const auto& name : refs.names(replace_prefix)) {
    const auto original = oid::from_hex(std::string_view{name}.substr(replace_prefix.size()));
    const auto ref = refs.resolve(name);
    if (original && ref.id)
      out.replacements.emplace_back(*original, *ref.id);
  }
}

template <class Range, class Add>
void add_sorted(mixer& hash, std::uint64_t kind, Range range, Add add) {
  std::ranges::sort(range);
  hash.add(kind);
  hash.add(range.size());
  for (const auto& element : range)
    add(element);
}

}  // namespace

caf::expected<ancestry_overrides> read_ancestry_overrides(const repository_location& location,
                                                          const settings& configured,
                                                          ref_store& refs) {
  ancestry_overrides result;
  if (auto error = read_shallow(location.common_dir + "/shallow", result))
    return error;
  if (auto error = read_grafts(location.common_dir + "/info/grafts", result))
    return error;
  if (configured.use_replace_refs && std::getenv("GIT_NO_REPLACE_OBJECTS") == nullptr)
    read_replacements(refs, result);
  return result;
}

std::uint64_t signature_of(const ancestry_overrides& overrides) noexcept {
  if (overrides.empty())
    return 0;
  mixer hash{0x686561647761791ull};
  add_sorted(hash, 1, overrides.shallow, [&](const oid& id) { hash.add(id); });
  add_sorted(hash, 2, overrides.grafts, [&](const auto& graft) {
    hash.add(graft.first);
    hash.add(graft.second.size());
    for (const auto& parent : graft.second)
      hash.add(parent);
  });
  add_sorted(hash, 3, overrides.replacements, [&](const auto& replacement) {
    hash.add(replacement.first);
    hash.add(replacement.second);
  });
  return std::max<std::uint64_t>(hash.value(), 1);  // 0 means that there are none.
}

}  // namespace headway::git
