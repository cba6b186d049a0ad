#include <storage/git/prefetch_refs.hpp>

namespace headway::git {

namespace {

constexpr std::string_view refs = "refs/";
constexpr std::string_view own = "refs/prefetch/";
constexpr std::string_view gone = "refs/prefetch/gone/";

}  // namespace

std::string prefetch_ref(std::string_view tracking_ref) {
  if (!tracking_ref.starts_with(refs))
    return {};
  return std::string{own}.append(tracking_ref.substr(refs.size()));
}

bool is_prefetch_ref(std::string_view ref) noexcept {
  return ref.starts_with(own);
}

std::string tracking_ref_of(std::string_view prefetch_ref) {
  if (prefetch_ref.starts_with(gone))
    return {};
  return std::string{refs}.append(prefetch_ref.substr(own.size()));
}

std::string gone_mark(std::string_view prefetch_ref) {
  return std::string{gone}.append(prefetch_ref.substr(own.size()));
}

}  // namespace headway::git
