/// Owners of libgit2 objects, and its last error in words. Private to storage/git.
#pragma once

#include <memory>
#include <string>

#include <git2.h>

#include <messages/ids.hpp>

namespace headway::git {

template <auto Free>
struct free_with {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using odb_ptr = std::unique_ptr<git_odb, free_with<git_odb_free>>;
using odb_object_ptr = std::unique_ptr<git_odb_object, free_with<git_odb_object_free>>;
using config_ptr = std::unique_ptr<git_config, free_with<git_config_free>>;
using config_iterator_ptr =
    std::unique_ptr<git_config_iterator, free_with<git_config_iterator_free>>;
using repository_ptr = std::unique_ptr<git_repository, free_with<git_repository_free>>;

/// What libgit2 said last on this thread: ask right where the call failed.
std::string last_words();

git_oid to_libgit2(const oid& id) noexcept;

}  // namespace headway::git
