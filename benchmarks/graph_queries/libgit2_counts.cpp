#include <cstring>
#include <stdexcept>

#include <benchmarks/graph_queries/libgit2_counts.hpp>
#include <git2.h>

namespace headway::graph_queries {

namespace {

void check(int status, const char* what) {
  if (status < 0)
    throw std::runtime_error(std::string{"libgit2 cannot "} + what + ": " +
                             git_error_last()->message);
}

git_oid to_git(const oid& id) {
  git_oid raw;
  static_assert(sizeof raw.id == sizeof id.bytes);
  std::memcpy(raw.id, id.bytes.data(), sizeof raw.id);
  return raw;
}

}  // namespace

struct libgit2_counts::impl {
  git_repository* repository = nullptr;
};

libgit2_counts::libgit2_counts(const std::filesystem::path& repository)
    : impl_{std::make_unique<impl>()} {
  git_libgit2_init();
  check(git_repository_open(&impl_->repository, repository.c_str()), "open the repository");
}

libgit2_counts::~libgit2_counts() {
  git_repository_free(impl_->repository);
  git_libgit2_shutdown();
}

ahead_behind libgit2_counts::count(const tip_pair& pair) const {
  const auto local = to_git(pair.local);
  const auto upstream = to_git(pair.upstream);
  std::size_t ahead = 0;
  std::size_t behind = 0;
  check(git_graph_ahead_behind(&ahead, &behind, impl_->repository, &local, &upstream), "count");
  return {ahead, behind};
}

std::string libgit2_counts::version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  git_libgit2_version(&major, &minor, &patch);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace headway::graph_queries
