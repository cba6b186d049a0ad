#include <algorithm>
#include <array>
#include <optional>

#include <storage/git/ref_name.hpp>

namespace headway::git {

namespace {

bool is_forbidden(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f ||
         std::string_view{" ~^:?*[\\"}.find(c) != std::string_view::npos;
}

bool is_valid_component(std::string_view part) noexcept {
  return !part.empty() && part.front() != '.' && !part.ends_with(".lock");
}

struct rule {
  std::string_view prefix;
  std::string_view suffix;

  std::string expand(std::string_view name) const {
    std::string result{prefix};
    return result.append(name).append(suffix);
  }

  // Git's own matching leaves the suffix out of account.
  std::optional<std::string_view> match(std::string_view name) const noexcept {
    if (!name.starts_with(prefix) || name.size() == prefix.size())
      return std::nullopt;
    return name.substr(prefix.size());
  }
};

// In the order in which Git tries to understand an abbreviated name.
constexpr std::array<rule, 6> rules{{{"", ""},
                                     {"refs/", ""},
                                     {"refs/tags/", ""},
                                     {"refs/heads/", ""},
                                     {"refs/remotes/", ""},
                                     {"refs/remotes/", "/HEAD"}}};

}  // namespace

bool is_valid_ref_name(std::string_view name) noexcept {
  if (name.find('/') == std::string_view::npos || name.back() == '.')
    return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto pair = name.substr(i, 2);
    if (is_forbidden(name[i]) || pair == ".." || pair == "@{")
      return false;
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    if (!is_valid_component(name.substr(begin, end - begin)))
      return false;
    begin = end + 1;
  }
  return true;
}

std::string shorten(const std::string& name, uniqueness demanded,
                    const std::function<bool(const std::string&)>& exists) {
  for (std::size_t i = rules.size() - 1; i > 0; --i) {
    const auto candidate = rules[i].match(name);
    if (!candidate)
      continue;
    const auto rivals = demanded == uniqueness::among_all_rules ? rules.size() : i;
    bool unique = true;
    for (std::size_t j = 0; j < rivals && unique; ++j)
      unique = j == i || !exists(rules[j].expand(*candidate));
    if (unique)
      return std::string{*candidate};
  }
  return name;
}

std::vector<std::string> expansions(std::string_view name) {
  std::vector<std::string> result;
  for (const auto& rule : rules)
    result.push_back(rule.expand(name));
  return result;
}

}  // namespace headway::git
