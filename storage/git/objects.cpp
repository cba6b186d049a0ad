#include <string_view>

#include <messages/error.hpp>
#include <storage/git/objects.hpp>

namespace headway::git {

namespace {

// Takes "KEY HEX\n" off the front of `text`.
std::optional<oid> take(std::string_view& text, std::string_view key) noexcept {
  const auto length = key.size() + 1 + 40 + 1;
  if (text.size() < length || !text.starts_with(key) || text[key.size()] != ' ' ||
      text[length - 1] != '\n')
    return std::nullopt;
  const auto id = oid::from_hex(text.substr(key.size() + 1, 40));
  if (id)
    text.remove_prefix(length);
  return id;
}

std::string_view content_of(const odb_object_ptr& object) noexcept {
  return {static_cast<const char*>(git_odb_object_data(object.get())),
          git_odb_object_size(object.get())};
}

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

caf::expected<object_reader> object_reader::open(const std::string& objects) {
  git_odb* opened = nullptr;
  if (git_odb_open(&opened, objects.c_str()) != 0)
    return make_error(ec::corrupt, "objects in " + objects + " cannot be opened: " + last_words());
  return object_reader{odb_ptr{opened}};
}

caf::expected<odb_object_ptr> object_reader::read(const oid& id) {
  const auto key = to_libgit2(id);
  git_odb_object* object = nullptr;
  const int result =
      with_refresh(odb_.get(), [&] { return git_odb_read(&object, odb_.get(), &key); });
  if (result != 0)
    return failure(id, result);
  return odb_object_ptr{object};
}

caf::expected<std::vector<oid>> object_reader::parents(const oid& commit) {
  const auto object = read(commit);
  if (!object)
    return object.error();
  if (const auto type = git_odb_object_type(object->get()); type != GIT_OBJECT_COMMIT)
    return make_error(ec::corrupt, "object " + commit.hex() + " is a " +
                                       git_object_type2string(type) + ", not a commit");
  auto text = content_of(*object);
  if (!take(text, "tree"))
    return malformed(commit);
  std::vector<oid> result;
  while (const auto parent = take(text, "parent"))
    result.push_back(*parent);
  if (text.starts_with("parent"))
    return malformed(commit);
  return result;
}

object_reader::peeled object_reader::peel(const oid& id) {
  auto at = id;
  for (;;) {
    const auto key = to_libgit2(at);
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    const int result = with_refresh(
        odb_.get(), [&] { return git_odb_read_header(&size, &type, odb_.get(), &key); });
    if (result != 0)
      return {.problem = "points to an unusable object: " + detail_of(failure(at, result))};
    if (type == GIT_OBJECT_COMMIT)
      return {.commit = at};
    if (type != GIT_OBJECT_TAG)
      return {.problem = "points to a " + std::string{git_object_type2string(type)}};
    const auto tag = read(at);
    if (!tag)
      return {.problem = "points to an unusable tag: " + detail_of(tag.error())};
    auto text = content_of(*tag);
    const auto next = take(text, "object");
    if (!next)
      return {.problem = "points to a malformed tag"};
    at = *next;
  }
}

}  // namespace headway::git
