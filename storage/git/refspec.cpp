#include <algorithm>

#include <storage/git/refspec.hpp>

namespace headway::git {

namespace {

bool is_pattern(std::string_view text) noexcept {
  return text.find('*') != std::string_view::npos;
}

// `value` with its star replaced by what the star of `key` stands for in `name`.
std::optional<std::string> translate(std::string_view name, std::string_view key,
                                     std::string_view value) {
  const auto star = key.find('*');
  const auto prefix = key.substr(0, star);
  const auto suffix = key.substr(star + 1);
  if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix))
    return std::nullopt;
  const auto middle = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  const auto gap = value.find('*');
  if (gap == std::string_view::npos)
    return std::nullopt;
  std::string result{value.substr(0, gap)};
  return result.append(middle).append(value.substr(gap + 1));
}

}  // namespace

bool is_excluded(const std::vector<refspec>& specs, const std::string& remote_ref) {
  return std::ranges::any_of(specs, [&](const refspec& spec) {
    return spec.negative && (spec.pattern ? translate(remote_ref, spec.source, "*").has_value()
                                          : spec.source == remote_ref);
  });
}

namespace {

// Git looks for negative refspecs through the reversed positive ones whichever way it was asked. So
// a name on the remote is only excluded where both sides have the same names, as in mirrors: that
// is what `git for-each-ref %(upstream)` shows, and what is repeated here.
bool leads_to_excluded(const std::vector<refspec>& specs, const std::string& name) {
  for (const auto& spec : specs) {
    if (spec.negative)
      continue;
    if (!spec.pattern) {
      if (spec.source == name && is_excluded(specs, name))
        return true;
      continue;
    }
    const auto& key = spec.destination.empty() ? spec.source : spec.destination;
    if (const auto source = translate(name, key, spec.source);
        source && is_excluded(specs, *source))
      return true;
  }
  return false;
}

enum class direction { to_here, to_there };

std::optional<std::string> query(const std::vector<refspec>& specs, const std::string& name,
                                 direction way) {
  if (leads_to_excluded(specs, name))
    return std::nullopt;
  for (const auto& spec : specs) {
    if (spec.negative || spec.destination.empty())
      continue;
    const auto& key = way == direction::to_here ? spec.source : spec.destination;
    const auto& value = way == direction::to_here ? spec.destination : spec.source;
    if (!spec.pattern) {
      if (key == name)
        return value;
    } else if (auto result = translate(name, key, value)) {
      return result;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<refspec> refspec::parse(std::string_view text) {
  refspec result;
  if (text.starts_with('^')) {
    result.negative = true;
    text.remove_prefix(1);
  } else if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const auto colon = text.rfind(':');
  const bool has_destination = colon != std::string_view::npos;
  result.source = text.substr(0, colon);
  if (has_destination)
    result.destination = text.substr(colon + 1);
  result.pattern = is_pattern(result.source);
  const bool same_kind = has_destination ? is_pattern(result.destination) == result.pattern
                                         : !result.pattern || result.negative;
  if (!same_kind || (result.negative && (has_destination || result.source.empty())))
    return std::nullopt;
  if (result.source == "@" || (result.source.empty() && !result.negative))
    result.source = "HEAD";
  return result;
}

std::vector<refspec> parse_refspecs(const std::vector<std::string>& texts) {
  std::vector<refspec> result;
  for (const auto& text : texts)
    if (auto spec = refspec::parse(text))
      result.push_back(std::move(*spec));
  return result;
}

std::optional<std::string> to_tracking(const std::vector<refspec>& specs,
                                       const std::string& remote_ref) {
  return query(specs, remote_ref, direction::to_here);
}

std::optional<std::string> to_remote(const std::vector<refspec>& specs,
                                     const std::string& tracking_ref) {
  return query(specs, tracking_ref, direction::to_there);
}

}  // namespace headway::git
