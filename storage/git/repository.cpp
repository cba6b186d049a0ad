#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/included_files.hpp>
#include <storage/git/layout.hpp>
#include <storage/git/overrides.hpp>
#include <storage/git/ownership.hpp>
#include <storage/git/repository.hpp>
#include <storage/git/repository_impl.hpp>

namespace headway::git {

namespace {

// Measured: what libgit2 and this class hold for an open repository without packs.
constexpr std::uint64_t bare_handle_bytes = 64u << 10;

std::int64_t changed_at(const std::string& path) noexcept {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return 0;
  return static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

caf::error gone(const std::string& path) {
  if (errno == EACCES || errno == EPERM)
    return os_error(errno, "look into", path);
  return make_error(ec::missing, "the repository at " + path + " does not exist any more");
}

repository_ptr open_for_conditions(const repository_location& location) {
  git_repository* opened = nullptr;
  const auto flags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT;
  // Fails for an owner whom only "*" or GIT_CONFIG_GLOBAL declares safe: conditions are false then.
  git_repository_open_ext(&opened, location.git_dir.c_str(), flags, nullptr);
  return repository_ptr{opened};
}

}  // namespace

object_stamp object_stamp::of(const std::vector<std::string>& folders) {
  object_stamp result{.alternates_changed = changed_at(folders.front() + "/info/alternates")};
  for (const auto& folder : folders)
    result.packs_changed.push_back(changed_at(folder + "/pack"));
  return result;
}

repository::impl::impl(repository_location where, folder_identity is, object_reader reader)
    : location{std::move(where)},
      identity{is},
      objects{std::move(reader)},
      stamp{object_stamp::of(objects.folders())},
      packs{find_packs(objects.folders())} {}

caf::expected<settings> repository::impl::read_configuration(branch_sections branches) {
  if (auto error = check_owner(location))
    return error;
  auto configured = read_settings(location, conditions.get(), branches);
  if (!configured)
    return configured.error();
  if (configured->conditional_includes && !conditions) {
    conditions = open_for_conditions(location);
    if (conditions)
      configured = read_settings(location, conditions.get(), branches);
    if (!configured)
      return configured.error();
  }
  remember_included_files(location.git_dir, configured->includes);
  if (auto error = check_format(location, *configured))
    return error;
  return configured;
}

caf::error repository::impl::follow_objects() {
  auto current = object_stamp::of(objects.folders());
  if (current == stamp)
    return {};
  auto found = find_packs(objects.folders());
  if (current.alternates_changed != stamp.alternates_changed ||
      !std::ranges::includes(found.indexes, packs.indexes)) {
    auto reopened = object_reader::open(with_alternates(location.object_store()));
    if (!reopened)
      return reopened.error();
    objects = std::move(*reopened);
    current = object_stamp::of(objects.folders());
    found = find_packs(objects.folders());
  }
  packs = std::move(found);
  stamp = std::move(current);
  return {};
}

repository::repository(std::unique_ptr<impl> state) : impl_{std::move(state)} {}

repository::~repository() = default;

caf::expected<std::unique_ptr<repository>> repository::open(const repository_location& location) {
  const auto identity = folder_identity::of(location.git_dir);
  if (!identity)
    return gone(location.git_dir);
  const auto found = follow(location.git_dir);
  if (!found)
    return found.error();
  if (found->common_dir != location.common_dir)
    return make_error(ec::missing, location.path + " belongs to " + found->common_dir +
                                       " now and not to " + location.common_dir +
                                       " any more; remove the project and add it again");
  auto objects = object_reader::open(with_alternates(location.object_store()));
  if (!objects)
    return objects.error();
  auto state = std::make_unique<impl>(location, *identity, std::move(*objects));
  if (const auto configured = state->read_configuration(branch_sections::passed_over); !configured)
    return configured.error();
  if (auto error = check_head(location))
    return error;
  return std::unique_ptr<repository>{new repository{std::move(state)}};
}

const repository_location& repository::location() const noexcept {
  return impl_->location;
}

caf::expected<std::vector<oid>> repository::read_parents(const oid& commit) {
  return impl_->objects.parents(commit);
}

void repository::rest() noexcept {
  impl_->objects.rest();
}

caf::expected<ancestry_overrides> repository::read_overrides() {
  if (auto error = impl_->follow_objects())
    return error;
  const auto configured = impl_->read_configuration(branch_sections::passed_over);
  if (!configured)
    return configured.error();
  auto refs = ref_store::read(impl_->location);
  if (!refs)
    return refs.error();
  return read_ancestry_overrides(impl_->location, *configured, *refs);
}

std::vector<std::string> repository::object_directories() const {
  return with_alternates(impl_->location.object_store());
}

bool repository::still_in_place() const noexcept {
  return folder_identity::of(impl_->location.git_dir) == impl_->identity;
}

resource_use repository::use() const noexcept {
  auto result = impl_->packs.use;
  result.memory_bytes += bare_handle_bytes;
  return result;
}

}  // namespace headway::git
