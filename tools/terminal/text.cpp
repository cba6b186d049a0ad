#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <vector>

#include <tools/terminal/text.hpp>

namespace headway::terminal {

namespace {

/// Widths come from the C library's tables for UTF-8, whatever the locale of the person: a branch
/// name is UTF-8 in any of them.
class utf8_locale {
 public:
  utf8_locale() : before_(::uselocale(shared())) {}
  ~utf8_locale() { ::uselocale(before_); }
  utf8_locale(const utf8_locale&) = delete;
  utf8_locale& operator=(const utf8_locale&) = delete;

 private:
  static locale_t shared() {
    static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return made;
  }

  locale_t before_;
};

struct piece {
  std::string_view bytes;
  wchar_t character = 0;
  int columns = -1;  ///< Below 0: not to be written as it is.
};

bool reorders_text(wchar_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

/// The first character of `text`, or its first byte if that begins none.
piece next_piece(std::string_view text) {
  // Nearly all that is printed; to look it up in the library's tables was a tenth of a status.
  if (text.front() >= ' ' && text.front() <= '~')
    return {text.substr(0, 1), text.front(), 1};
  std::mbstate_t state{};
  wchar_t character = 0;
  const auto length = std::mbrtowc(&character, text.data(), text.size(), &state);
  if (length == 0 || length > text.size())
    return {text.substr(0, 1)};
  const auto columns = reorders_text(character) ? -1 : ::wcwidth(character);
  return {text.substr(0, length), character, columns};
}

template <class Visit>
void for_each_piece(std::string_view text, Visit visit) {
  const utf8_locale guard;
  while (!text.empty()) {
    const auto piece = next_piece(text);
    visit(piece);
    text.remove_prefix(piece.bytes.size());
  }
}

void append_escape(std::string& out, const piece& hidden) {
  char text[16];
  if (hidden.bytes.size() == 1)
    std::snprintf(text, sizeof text, "\\x%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(hidden.bytes.front())));
  else
    std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(hidden.character));
  out += text;
}

/// Characters with the marks that combine with them: what may be cut apart.
struct cluster {
  std::string bytes;
  std::size_t columns = 0;
};

std::vector<cluster> clusters_of(std::string_view text) {
  std::vector<cluster> result;
  for_each_piece(text, [&](const piece& x) {
    if (result.empty() || x.columns != 0)
      result.emplace_back();
    result.back().bytes += x.bytes;
    result.back().columns += static_cast<std::size_t>(std::max(x.columns, 0));
  });
  return result;
}

/// As much from `first` on as fits into `room` columns.
template <class Iterator>
Iterator advance_within(Iterator first, Iterator last, std::size_t room) {
  for (; first != last && first->columns <= room; ++first)
    room -= first->columns;
  return first;
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size());
  for_each_piece(bytes, [&](const piece& x) {
    if (x.columns < 0)
      append_escape(result, x);
    else
      result += x.bytes;
  });
  return result;
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for_each_piece(
      text, [&](const piece& x) { columns += static_cast<std::size_t>(std::max(x.columns, 0)); });
  return columns;
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (width(text) <= columns)
    return std::string{text};
  if (columns == 0)
    return {};
  const auto clusters = clusters_of(text);
  const auto room = columns - 1;
  const auto head = advance_within(clusters.begin(), clusters.end(), (room + 1) / 2);
  const auto tail = advance_within(clusters.rbegin(), clusters.rend(), room / 2);
  std::string result;
  std::for_each(clusters.begin(), head, [&](const cluster& x) { result += x.bytes; });
  result += "…";
  std::for_each(tail.base(), clusters.end(), [&](const cluster& x) { result += x.bytes; });
  return result;
}

std::string wrapped(std::string_view text, std::size_t columns) {
  std::string result;
  std::size_t used = 0;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    const auto size = width(word);
    if (!result.empty()) {
      const bool fits = columns >= size && used < columns - size;
      result += fits ? ' ' : '\n';
      used = fits ? used + 1 : 0;
    }
    result += word;
    used += size;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return result;
}

}  // namespace headway::terminal
