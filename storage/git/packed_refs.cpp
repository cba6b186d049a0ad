#include <algorithm>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/packed_refs.hpp>

namespace headway::git {

namespace {

caf::error bad_line(const std::string& path, std::size_t number, std::string_view what) {
  return make_error(ec::corrupt, path + ":" + std::to_string(number) + ": " + std::string{what} +
                                     "; restore the file, or delete the line if Git cannot read it "
                                     "either");
}

// "HEX SP NAME"
std::optional<packed_refs::entry> parse(std::string_view line) noexcept {
  if (line.size() < 42 || line[40] != ' ')
    return std::nullopt;
  const auto id = oid::from_hex(line.substr(0, 40));
  if (!id)
    return std::nullopt;
  return packed_refs::entry{line.substr(41), *id};
}

// "^HEX" after a tag: the commit that it leads to.
bool is_peeled(std::string_view line) noexcept {
  return line.size() == 41 && line[0] == '^' && oid::from_hex(line.substr(1));
}

}  // namespace

caf::expected<packed_refs> packed_refs::read(const std::string& path) {
  packed_refs result;
  auto content = read_file(path);
  if (!content) {
    if (code_of(content.error()) == ec::missing)
      return result;
    return content.error();
  }
  result.text_ = std::make_unique<const std::string>(std::move(*content));
  std::string_view rest = *result.text_;
  bool after_ref = false;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos)
      return bad_line(path, number, "unterminated line");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.starts_with('#') && number == 1)
      continue;
    if (after_ref && is_peeled(line)) {
      after_ref = false;
      continue;
    }
    const auto entry = parse(line);
    if (!entry)
      return bad_line(path, number, "unexpected line");
    result.entries_.push_back(*entry);
    after_ref = true;
  }
  if (!std::ranges::is_sorted(result.entries_, {}, &entry::name))
    std::ranges::stable_sort(result.entries_, {}, &entry::name);
  return result;
}

std::optional<oid> packed_refs::find(std::string_view name) const noexcept {
  const auto at = std::ranges::lower_bound(entries_, name, {}, &entry::name);
  if (at == entries_.end() || at->name != name)
    return std::nullopt;
  return at->id;
}

}  // namespace headway::git
