#include <storage/git/commit_text.hpp>

namespace headway::git {

std::optional<oid> take_id(std::string_view& text, std::string_view key) noexcept {
  const auto length = key.size() + 1 + 40 + 1;
  if (text.size() < length || !text.starts_with(key) || text[key.size()] != ' ' ||
      text[length - 1] != '\n')
    return std::nullopt;
  const auto id = oid::from_hex(text.substr(key.size() + 1, 40));
  if (id)
    text.remove_prefix(length);
  return id;
}

std::optional<std::vector<oid>> take_parents(std::string_view& text) {
  if (!take_id(text, "tree"))
    return std::nullopt;
  std::vector<oid> parents;
  while (const auto parent = take_id(text, "parent"))
    parents.push_back(*parent);
  if (text.starts_with("parent"))
    return std::nullopt;
  return parents;
}

}  // namespace headway::git
