#include <array>

#include <storage/git/handle.hpp>
#include <storage/git/repository.hpp>

namespace headway::git {

void initialise_library(const library_limits& allowed) {
  static const int initialised_for_good = git_libgit2_init();
  static_cast<void>(initialised_for_good);
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, static_cast<std::size_t>(allowed.window_size));
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT,
                   static_cast<std::size_t>(allowed.mapped_limit));
  git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, static_cast<std::size_t>(allowed.file_limit));
  git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, static_cast<ssize_t>(allowed.cache_size));
  // Each packed object would be hashed again when it is read; like git, we trust the checksums of
  // zlib. Loose objects are verified (loose_object.cpp).
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
  // libgit2 refuses to open a repository with an extension that it was not told about. None of
  // these changes how objects or configuration are read; the others are refused in format.cpp.
  std::array extensions{"worktreeconfig", "partialclone", "preciousobjects",
                        "objectformat",   "refstorage",   "relativeworktrees"};
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
}

std::string last_words() {
  const auto* error = git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "no further words";
}

git_oid to_libgit2(const oid& id) noexcept {
  git_oid result;
  git_oid_fromraw(&result, id.bytes.data());
  return result;
}

}  // namespace headway::git
