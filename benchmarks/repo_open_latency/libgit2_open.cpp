#include <stdexcept>

#include <benchmarks/repo_open_latency/libgit2_open.hpp>
#include <git2.h>

namespace headway::repo_open_latency {

void open_by_libgit2(const std::string& repository) {
  git_repository* opened = nullptr;
  if (git_repository_open(&opened, repository.c_str()) < 0)
    throw std::runtime_error("libgit2 cannot open " + repository + ": " +
                             git_error_last()->message);
  // Opening is lazy: without its object database nothing can be read.
  git_odb* objects = nullptr;
  if (git_repository_odb(&objects, opened) < 0)
    throw std::runtime_error("libgit2 cannot open the objects of " + repository);
  git_odb_free(objects);
  git_repository_free(opened);
}

std::string libgit2_version() {
  return LIBGIT2_VERSION;
}

}  // namespace headway::repo_open_latency
