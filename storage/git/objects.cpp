#include <algorithm>
#include <filesystem>
#include <string_view>

#include <git2/sys/odb_backend.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/commit_text.hpp>
#include <storage/git/objects.hpp>

namespace headway::git {

namespace {

caf::error failure(const oid& id, int result) {
  if (result == GIT_ENOTFOUND)
    return make_error(ec::missing_object, "object " + id.hex() + " is not in the repository");
  const auto* error = git_error_last();
  const bool system = error != nullptr && error->klass == GIT_ERROR_OS;
  return make_error(system ? ec::io : ec::corrupt, "object " + id.hex() +
                                                       " cannot be read: " + last_words() +
                                                       "; 'git fsck' tells what is damaged");
}

// The same call once more where the first failed for another reason than absence: after a gc an
// index that we still hold may name a pack that is gone, which libgit2 does not look beyond.
template <class Call>
int with_refresh(git_odb* odb, Call call) {
  int result = call();
  if (result == 0 || result == GIT_ENOTFOUND)
    return result;
  git_odb_refresh(odb);
  return call();
}

caf::error malformed(const oid& id) {
  return make_error(ec::corrupt, "commit " + id.hex() + " is malformed");
}

}  // namespace

std::optional<object_type> type_of(git_object_t type) noexcept {
  switch (type) {
    case GIT_OBJECT_COMMIT:
      return object_type::commit;
    case GIT_OBJECT_TAG:
      return object_type::tag;
    case GIT_OBJECT_TREE:
      return object_type::tree;
    case GIT_OBJECT_BLOB:
      return object_type::blob;
    default:
      return std::nullopt;
  }
}

caf::expected<object_reader> object_reader::open(std::vector<std::string> folders) {
  git_odb* made = nullptr;
  if (git_odb_new(&made) != 0)
    return make_error(ec::io, "cannot make an object database: " + last_words());
  odb_ptr packs{made};
  for (const auto& folder : folders) {
    git_odb_backend* backend = nullptr;
    if (git_odb_backend_pack(&backend, folder.c_str()) != 0)
      return make_error(ec::corrupt, "packs in " + folder + " cannot be opened: " + last_words());
    if (git_odb_add_backend(packs.get(), backend, 1) != 0) {
      backend->free(backend);
      return make_error(ec::io, "packs in " + folder + " cannot be added: " + last_words());
    }
  }
  return object_reader{std::move(folders), std::move(packs)};
}

caf::expected<std::vector<oid>> object_reader::parents(const oid& commit) {
  if (auto parents = commits().parents(commit))
    return std::move(*parents);
  const auto object = read(commit, wanted::parsable_content);
  if (!object)
    return object.error();
  if (object->type != object_type::commit)
    return make_error(ec::corrupt, "object " + commit.hex() + " is a " + to_string(object->type) +
                                       ", not a commit");
  std::string_view text = object->data;
  auto result = take_parents(text);
  if (!result)
    return malformed(commit);
  return std::move(*result);
}

object_reader::peeled object_reader::peel(const oid& id) {
  auto at = id;
  for (;;) {
    const auto object = read(at, wanted::content_of_tags);
    if (!object)
      return {.problem = "points to an unusable object: " + detail_of(object.error())};
    if (object->type == object_type::commit)
      return {.commit = at};
    if (object->type != object_type::tag)
      return {.problem = std::string{"points to a "} + to_string(object->type)};
    std::string_view text = object->data;
    const auto next = take_id(text, "object");
    if (!next)
      return {.problem = "points to a malformed tag"};
    at = *next;
  }
}

object_reader::object_reader(std::vector<std::string> folders, odb_ptr packs)
    : folders_{std::move(folders)}, packs_{std::move(packs)} {
  std::error_code ignored;
  for (const auto& folder : folders_)
    for (const auto& entry : std::filesystem::directory_iterator{folder, ignored})
      if (const auto name = entry.path().filename().string(); name.size() == 2)
        if (const auto byte = oid::from_hex(name + std::string(38, '0')))
          loose_.set(byte->bytes[0]);
}

caf::expected<object_content> object_reader::read(const oid& id, wanted what) {
  auto packed = caf::expected<object_content>{caf::error{}};
  if (!loose_[id.bytes[0]]) {
    packed = read_packed(id, what);
    if (packed)
      return packed;
  }
  auto loose = read_loose(id);
  if (loose && *loose)
    return std::move(**loose);
  packed = read_packed(id, what);
  // A damaged loose object is no harm where a pack has a good one.
  return !packed && !loose ? caf::expected<object_content>{loose.error()} : packed;
}

caf::expected<object_content> object_reader::content(const oid& id) {
  if (loose_[id.bytes[0]])
    if (auto loose = read_loose(id, loose_content::of_all); loose && *loose)
      return std::move(**loose);
  return read_packed(id, wanted::parsable_content);
}

caf::expected<std::optional<object_content>> object_reader::read_loose(const oid& id,
                                                                       loose_content what) const {
  caf::error first;
  for (const auto& folder : folders_) {
    auto object = read_loose_object(folder, id, what);
    if (object && *object)
      return object;
    if (!object && !first)
      first = object.error();
  }
  if (first)
    return first;
  return std::optional<object_content>{};
}

bool object_reader::is_tree(const oid& id) {
  const auto object = read(id, wanted::content_of_tags);
  return object && object->type == object_type::tree;
}

bool object_reader::contains(const oid& id) {
  const auto hex = id.hex();
  const auto file = "/" + hex.substr(0, 2) + "/" + hex.substr(2);
  const auto is_loose = [&](const std::string& folder) {
    return ::access((folder + file).c_str(), F_OK) == 0;
  };
  const auto key = to_libgit2(id);
  return std::ranges::any_of(folders_, is_loose) || commits().contains(id) ||
         git_odb_exists(packs_.get(), &key) == 1;
}

packed_commits& object_reader::commits() {
  if (!commits_)
    commits_.emplace(folders_);
  return *commits_;
}

caf::expected<object_content> object_reader::read_packed(const oid& id, wanted what) {
  const auto key = to_libgit2(id);
  // Whoever wants a commit nearly always has one; of a tip the type is looked at first, because
  // commits then need not be unpacked.
  if (what == wanted::content_of_tags) {
    if (commits().has_commit(id))
      return object_content{.type = object_type::commit};
    std::size_t size = 0;
    git_object_t kind = GIT_OBJECT_INVALID;
    const int result = with_refresh(
        packs_.get(), [&] { return git_odb_read_header(&size, &kind, packs_.get(), &key); });
    const auto type = type_of(kind);
    if (result != 0 || !type)
      return failure(id, result);
    if (*type != object_type::tag)
      return object_content{.type = *type};
  }
  git_odb_object* read = nullptr;
  const int result =
      with_refresh(packs_.get(), [&] { return git_odb_read(&read, packs_.get(), &key); });
  if (result != 0)
    return failure(id, result);
  const odb_object_ptr object{read};
  const auto type = type_of(git_odb_object_type(read));
  if (!type)
    return failure(id, GIT_ERROR);
  return object_content{
      .type = *type,
      .data = {static_cast<const char*>(git_odb_object_data(read)), git_odb_object_size(read)}};
}

}  // namespace headway::git
