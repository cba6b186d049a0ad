#include <algorithm>

#include <storage/git/file_stamp.hpp>
#include <storage/git/files.hpp>
#include <storage/git/local_remote.hpp>
#include <storage/git/ref_lookup.hpp>
#include <storage/git/ref_store.hpp>
#include <storage/git/ref_walk.hpp>
#include <storage/git/repository.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

namespace {

caf::expected<repository_location> locate_as_git_does(const std::string& path) {
  auto found = locate(path);
  return found ? std::move(found) : locate(path + ".git");
}

constexpr std::size_t most_remembered = 50'000;

// False: the ref is symbolic, and what it leads to is in another file.
bool add_ref(const repository_location& location, const std::string& name,
             std::vector<std::string>& files) {
  files.push_back(loose_path(location, name));
  const auto text = read_file(files.back());
  return !text || !text->starts_with("ref:");
}

bool same_refs(const std::vector<tracked_ref>& a, const std::vector<tracked_ref>& b) {
  return std::ranges::equal(a, b, [](const tracked_ref& x, const tracked_ref& y) {
    return x.remote_ref == y.remote_ref && x.tracking_ref == y.tracking_ref;
  });
}

std::string name_of(const fetch_target& target) {
  return target.location.git_dir + '\n' + target.remote.name;
}

// False: only git can say what they are.
bool add_all_below(const repository_location& location, const std::vector<std::string>& prefixes,
                   advertised_refs& result) {
  auto refs = ref_store::read(location);
  if (!refs)
    return false;
  for (const auto& prefix : prefixes)
    for (const auto& name : refs->names(prefix))
      if (const auto ref = refs->resolve(name); !ref.problem.empty())
        return false;
      else if (ref.id)
        result.emplace(name, *ref.id);
  return true;
}

bool hides_refs(const settings& configured) {
  return std::ranges::any_of(configured.transport, [](const transport_setting& setting) {
    return setting.key.ends_with(".hiderefs");
  });
}

}  // namespace

std::string local_path(const std::string& base, std::string_view address) {
  constexpr std::string_view scheme = "file://";
  if (address.starts_with(scheme))
    return std::string{address.substr(scheme.size())};
  return path_below(base, std::string{address});
}

std::optional<advertised_refs> read_local_refs(const std::string& base, const std::string& address,
                                               const std::vector<std::string>& names,
                                               const std::vector<std::string>& prefixes) {
  const auto location = locate_as_git_does(local_path(base, address));
  if (!location)
    return std::nullopt;
  const auto configured = read_settings(*location, nullptr, branch_sections::passed_over);
  if (!configured || configured->conditional_includes || hides_refs(*configured))
    return std::nullopt;
  const auto tips = look_up(*location, names);
  if (!tips)
    return std::nullopt;
  advertised_refs result;
  for (std::size_t i = 0; i < names.size(); ++i)
    if ((*tips)[i])
      result.emplace(names[i], *(*tips)[i]);
  return prefixes.empty() || add_all_below(*location, prefixes, result)
             ? std::optional{std::move(result)}
             : std::nullopt;
}

bool settled_remotes::holds(const fetch_target& target, const std::string& address) const {
  const auto it = known_.find(name_of(target));
  return it != known_.end() && it->second.address == address &&
         same_refs(it->second.refs, target.refs) && stamp_of(it->second.files) == it->second.stamp;
}

std::optional<settled_remotes::entry> settled_remotes::look(const fetch_target& target,
                                                            const std::string& address) {
  if (!target.patterns.empty())
    return std::nullopt;
  const auto remote = locate_as_git_does(local_path(target.location.path, address));
  if (!remote)
    return std::nullopt;
  const auto configured = read_settings(*remote, nullptr, branch_sections::passed_over);
  if (!configured)
    return std::nullopt;
  entry result{name_of(target), address, target.refs, outer_config_files(), 0};
  auto& files = result.files;
  for (const auto& more : {inner_config_files(*remote), configured->includes})
    files.insert(files.end(), more.begin(), more.end());
  for (const auto* side : {&*remote, &target.location}) {
    files.push_back(side->common_dir + "/packed-refs");
    // Where a linked worktree has its common directory.
    files.push_back(side->git_dir + "/commondir");
  }
  for (const auto& ref : target.refs)
    if (!add_ref(*remote, ref.remote_ref, files) ||
        !add_ref(target.location, ref.tracking_ref, files))
      return std::nullopt;
  result.stamp = stamp_of(files);
  return result.stamp == 0 ? std::nullopt : std::optional{std::move(result)};
}

void settled_remotes::keep(entry found) {
  if (known_.size() >= most_remembered)
    known_.clear();
  auto name = found.name;
  known_.insert_or_assign(std::move(name), std::move(found));
}

}  // namespace headway::git
