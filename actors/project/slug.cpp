#include <actors/project/slug.hpp>

namespace headway {

namespace {

constexpr std::size_t max_length = 64;

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string slug_of(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  auto name = path.substr(path.rfind('/') + 1);
  if (name.size() > 4 && name.ends_with(".git"))
    name.remove_suffix(4);
  std::string slug;
  for (char c : name.substr(0, max_length)) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    const bool plain = is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
    // One dash for a run of foreign characters (a UTF-8 letter has several bytes), none in front.
    if (plain && (!slug.empty() || is_letter_or_digit(c)))
      slug += c;
    else if (!plain && !slug.empty() && slug.back() != '-')
      slug += '-';
  }
  while (!slug.empty() && !is_letter_or_digit(slug.back()))
    slug.pop_back();
  return slug.empty() ? "project" : slug;
}

std::string unique_slug(std::string_view path,
                        const std::function<bool(const std::string&)>& taken) {
  const auto base = slug_of(path);
  auto slug = base;
  for (unsigned number = 2; taken(slug); ++number)
    slug = base + "-" + std::to_string(number);
  return slug;
}

}  // namespace headway
