#include <algorithm>
#include <string_view>

#include <messages/error.hpp>
#include <storage/git/file_stamp.hpp>
#include <storage/git/files.hpp>
#include <storage/git/packed_refs.hpp>
#include <storage/git/ref_lookup.hpp>
#include <storage/git/ref_store.hpp>
#include <storage/git/ref_walk.hpp>

namespace headway::git {

namespace {

constexpr std::size_t hex_digits = 40;
constexpr int max_symbolic_depth = 5;  // As in Git.
constexpr std::size_t most_remembered = 50'000;

/// The text of packed-refs, read when it is first needed. Git writes it sorted; then a ref is found
/// without reading the other fifty thousand.
class packed_text {
 public:
  explicit packed_text(std::string path) : path_{std::move(path)} {}

  caf::expected<std::optional<oid>> find(std::string_view name);

 private:
  caf::error read();
  std::optional<oid> search(std::string_view name);
  std::size_t record_at(std::size_t low, std::size_t at) const;
  std::size_t record_end(std::size_t begin) const;

  std::string path_;
  std::optional<std::string> text_;
  std::optional<packed_refs> parsed_;  // When it is not sorted, or strange.
  std::size_t body_ = 0;
};

caf::error packed_text::read() {
  auto text = read_file(path_);
  if (!text && code_of(text.error()) != ec::missing)
    return text.error();
  text_ = text ? std::move(*text) : std::string{};
  const auto head = std::string_view{*text_}.substr(0, text_->find('\n'));
  if (head.starts_with("# pack-refs with:") && head.find(" sorted") != std::string_view::npos &&
      text_->ends_with('\n')) {
    body_ = head.size() + 1;
    return {};
  }
  auto parsed = packed_refs::read(path_);
  if (!parsed)
    return parsed.error();
  parsed_ = std::move(*parsed);
  return {};
}

caf::expected<std::optional<oid>> packed_text::find(std::string_view name) {
  if (!text_)
    if (auto error = read())
      return error;
  return parsed_ ? parsed_->find(name) : search(name);
}

// Start of the record that `at` lies in: the line, or the one before when it is the id that a tag
// was peeled to.
std::size_t packed_text::record_at(std::size_t low, std::size_t at) const {
  const auto line_start = [&](std::size_t from) {
    const auto newline = text_->rfind('\n', from);
    return newline == std::string::npos || newline < low ? low : newline + 1;
  };
  auto start = at == low ? low : line_start(at - 1);
  while (start > low && (*text_)[start] == '^')
    start = line_start(start - 2);
  return start;
}

std::size_t packed_text::record_end(std::size_t begin) const {
  auto end = text_->find('\n', begin) + 1;
  while (end < text_->size() && (*text_)[end] == '^')
    end = text_->find('\n', end) + 1;
  return end;
}

std::optional<oid> packed_text::search(std::string_view name) {
  auto low = body_;
  auto high = text_->size();
  while (low < high) {
    const auto begin = record_at(low, low + (high - low) / 2);
    const auto line = std::string_view{*text_}.substr(begin, text_->find('\n', begin) - begin);
    if (line.size() <= hex_digits || line[hex_digits] != ' ')
      return std::nullopt;
    const auto found = line.substr(hex_digits + 1);
    if (found == name)
      return oid::from_hex(line.substr(0, hex_digits));
    if (found < name)
      low = record_end(begin);
    else
      high = begin;
  }
  return std::nullopt;
}

class lookup {
 public:
  explicit lookup(const repository_location& location)
      : location_{location}, packed_{location.common_dir + "/packed-refs"} {}

  caf::expected<std::optional<oid>> find(std::string name) {
    for (int depth = 0; depth <= max_symbolic_depth; ++depth) {
      // The loose ref first: git writes packed-refs before it deletes what it has packed.
      const auto loose = read_ref_file(loose_path(location_, name));
      if (!loose)
        return packed_.find(name);
      if (!loose->problem.empty())
        return make_error(ec::corrupt, name + " " + loose->problem);
      if (!loose->target)
        return loose->id;
      name = *loose->target;
    }
    return make_error(ec::corrupt, name + " is a chain or loop of too many symbolic refs");
  }

 private:
  const repository_location& location_;
  packed_text packed_;
};

bool same_names(const std::vector<tracked_ref>& a, const std::vector<tracked_ref>& b) {
  return std::ranges::equal(a, b, [](const tracked_ref& x, const tracked_ref& y) {
    return x.remote_ref == y.remote_ref && x.tracking_ref == y.tracking_ref;
  });
}

// Where the tips of `refs` are written.
std::vector<std::string> files_of(const repository_location& location,
                                  const std::vector<tracked_ref>& refs) {
  // The second says where a linked worktree has its common directory.
  std::vector<std::string> files{location.common_dir + "/packed-refs",
                                 location.git_dir + "/commondir"};
  for (const auto& ref : refs)
    files.push_back(loose_path(location, ref.tracking_ref));
  return files;
}

// Then what it leads to is in another file.
bool is_symbolic(const repository_location& location, const tracked_ref& ref) {
  const auto loose = read_ref_file(loose_path(location, ref.tracking_ref));
  return loose && loose->target;
}

}  // namespace

caf::expected<std::vector<std::optional<oid>>> look_up(const repository_location& location,
                                                       const std::vector<std::string>& names) {
  std::vector<std::optional<oid>> result;
  result.reserve(names.size());
  lookup in{location};
  for (const auto& name : names) {
    auto found = in.find(name);
    if (!found)
      return std::move(found.error());
    result.push_back(*found);
  }
  return result;
}

caf::expected<std::vector<tracked_ref>> with_current_tips(const repository_location& location,
                                                          std::vector<tracked_ref> refs) {
  lookup in{location};
  for (auto& ref : refs) {
    auto found = in.find(ref.tracking_ref);
    if (!found && code_of(found.error()) != ec::corrupt)
      return std::move(found.error());
    ref.tip = found ? *found : std::nullopt;
  }
  return refs;
}

caf::expected<const std::vector<tracked_ref>*> tip_book::find(
    const repository_location& location, const std::vector<tracked_ref>& refs) {
  const auto name = location.git_dir + '\n' + (refs.empty() ? "" : refs.front().tracking_ref);
  const auto it = known_.find(name);
  const bool same = it != known_.end() && same_names(it->second.refs, refs);
  if (same && it->second.stamp != 0 && stamp_of(it->second.files) == it->second.stamp)
    return &it->second.refs;
  if (known_.size() >= most_remembered && it == known_.end())
    known_.clear();
  auto& now = known_[name];
  if (!same)
    now.files = files_of(location, refs);
  // Before the reading, so that a change in between is seen the next time.
  now.stamp = stamp_of(now.files);
  auto found = with_current_tips(location, refs);
  if (!found) {
    known_.erase(name);
    return std::move(found.error());
  }
  now.refs = std::move(*found);
  if (std::ranges::any_of(refs, [&](const auto& ref) { return is_symbolic(location, ref); }))
    now.stamp = 0;
  return &now.refs;
}

}  // namespace headway::git
