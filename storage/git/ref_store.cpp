#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>

#include <sys/stat.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/ref_name.hpp>
#include <storage/git/ref_store.hpp>
#include <storage/git/ref_walk.hpp>

namespace headway::git {

namespace {

constexpr int max_symbolic_depth = 5;  // As in Git.

std::string packed_path(const repository_location& location) {
  return location.common_dir + "/packed-refs";
}

// A ref can be a symbolic link to another ref: the form that HEAD had before 2005.
std::optional<std::string> link_target(const std::string& path) {
  std::array<char, 4096> buffer;
  const auto n = ::readlink(path.c_str(), buffer.data(), buffer.size());
  if (n <= 0)
    return std::nullopt;
  std::string target{buffer.data(), static_cast<std::size_t>(n)};
  if (!target.starts_with("refs/") || !is_valid_ref_name(target))
    return std::nullopt;
  return target;
}

raw_ref parse_ref(std::string_view content) {
  const auto text = trim_end(content);
  if (text.starts_with("ref:")) {
    const auto target = text.substr(std::min(text.find_first_not_of(" \t", 4), text.size()));
    if (target == "HEAD" || is_valid_ref_name(target))
      return {.target = std::string{target}};
    return {.problem = "is broken: it names no valid ref"};
  }
  const auto id = oid::from_hex(text.substr(0, text.find_first_of(" \t\r\n")));
  if (id && !id->is_zero())
    return {.id = id};
  return {.problem =
              text.empty() ? "is broken: its file is empty" : "is broken: it holds no object id"};
}

}  // namespace

std::optional<raw_ref> read_ref_file(const std::string& path) {
  if (auto target = link_target(path))
    return raw_ref{.target = std::move(target)};
  const auto content = read_file(path);
  if (content)
    return parse_ref(*content);
  // A folder of a name, which a transaction that failed may leave empty, is no ref of that name.
  std::error_code failed;
  if (code_of(content.error()) == ec::missing || std::filesystem::is_directory(path, failed))
    return std::nullopt;
  return raw_ref{.problem = "cannot be read: " + detail_of(content.error())};
}

caf::error check_head(const repository_location& location) {
  const auto path = location.git_dir + "/HEAD";
  const auto head = read_ref_file(path);
  if (!head)
    return make_error(ec::missing, path + " does not exist any more");
  if (!head->problem.empty())
    return make_error(ec::corrupt, path + " " + head->problem +
                                       "; repair it with 'git symbolic-ref HEAD refs/heads/NAME'");
  return {};
}

caf::expected<ref_store> ref_store::read(const repository_location& location) {
  ref_store result{location};
  const auto list = [&](const loose_ref& ref) { result.loose_.push_back(ref.name); };
  if (auto error = walk_loose_refs(location, list))
    return error;
  std::ranges::sort(result.loose_);
  auto packed = packed_refs::read(packed_path(location));
  if (!packed)
    return packed.error();
  result.packed_ = std::move(*packed);
  return result;
}

std::vector<std::string> ref_store::names(std::string_view prefix) const {
  std::vector<std::string> loose;
  auto file = std::ranges::lower_bound(loose_, prefix);
  for (; file != loose_.end() && file->starts_with(prefix); ++file)
    loose.push_back(*file);
  std::vector<std::string> packed;
  auto line = std::ranges::lower_bound(packed_.entries(), prefix, {}, &packed_refs::entry::name);
  for (; line != packed_.entries().end() && line->name.starts_with(prefix); ++line)
    packed.emplace_back(line->name);
  std::vector<std::string> result;
  std::ranges::set_union(loose, packed, std::back_inserter(result));
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

resolved_ref ref_store::resolve(const std::string& name) {
  resolved_ref result;
  result.name = name;
  for (int depth = 0; depth <= max_symbolic_depth; ++depth) {
    auto raw = read_raw(result.name);
    if (!raw.target) {
      result.id = raw.id;
      result.problem = std::move(raw.problem);
      return result;
    }
    result.name = std::move(*raw.target);
  }
  result.problem = "is a chain or loop of too many symbolic refs";
  return result;
}

std::optional<std::string> ref_store::symbolic_target(const std::string& name) {
  return read_raw(name).target;
}

raw_ref ref_store::read_raw(const std::string& name) {
  if (!name.starts_with("refs/"))
    return may_be_outside(name) ? read_loose(name) : raw_ref{};
  return std::ranges::binary_search(loose_, name) ? read_loose(name) : read_packed(name);
}

// Every abbreviation, "origin/main" say, could also name a file in the Git directory. Asking the
// file system for the first component once spares two calls for each of ten thousand branches.
bool ref_store::may_be_outside(const std::string& name) {
  const auto first = name.substr(0, name.find('/'));
  const auto [known, added] = outside_.try_emplace(first, true);
  if (struct stat status{}; added)
    known->second = ::lstat((location_.git_dir + "/" + first).c_str(), &status) == 0;
  return known->second;
}

raw_ref ref_store::read_loose(const std::string& name) {
  auto ref = read_ref_file(loose_path(location_, name));
  if (ref)
    return std::move(*ref);
  // Packed since the listing, or deleted: only a new look at packed-refs can tell.
  if (!name.starts_with("refs/"))
    return {};
  auto packed = packed_refs::read(packed_path(location_));
  if (!packed)
    return {.problem = "cannot be read: " + detail_of(packed.error())};
  packed_ = std::move(*packed);
  return read_packed(name);
}

raw_ref ref_store::read_packed(const std::string& name) const {
  return {.id = packed_.find(name)};
}

}  // namespace headway::git
