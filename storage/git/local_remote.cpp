#include <algorithm>

#include <storage/git/files.hpp>
#include <storage/git/local_remote.hpp>
#include <storage/git/ref_lookup.hpp>
#include <storage/git/repository.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

namespace {

std::string path_of(const std::string& base, std::string_view address) {
  constexpr std::string_view scheme = "file://";
  if (address.starts_with(scheme))
    return std::string{address.substr(scheme.size())};
  return path_below(base, std::string{address});
}

caf::expected<repository_location> locate_as_git_does(const std::string& path) {
  auto found = locate(path);
  return found ? std::move(found) : locate(path + ".git");
}

bool hides_refs(const settings& configured) {
  return std::ranges::any_of(configured.transport, [](const transport_setting& setting) {
    return setting.key.ends_with(".hiderefs");
  });
}

}  // namespace

std::optional<advertised_refs> read_local_refs(const std::string& base, const std::string& address,
                                               const std::vector<std::string>& names) {
  const auto location = locate_as_git_does(path_of(base, address));
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
  return result;
}

}  // namespace headway::git
