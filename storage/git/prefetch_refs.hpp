/// Names of refs of our own, which stand for remote-tracking refs that are left to the user's git.
/// Private to storage/git.
#pragma once

#include <string>
#include <string_view>

namespace headway::git {

/// "refs/prefetch/remotes/origin/main" for "refs/remotes/origin/main": where `git maintenance`
/// prefetches to as well. Empty for a ref that is not below "refs/".
std::string prefetch_ref(std::string_view tracking_ref);

/// Whether it is one of those.
bool is_prefetch_ref(std::string_view ref) noexcept;

/// The remote-tracking ref that one of them stands for; empty for one that is a mark.
std::string tracking_ref_of(std::string_view prefetch_ref);

/// The ref that says that the remote does not have this branch any more, although the user's own
/// remote-tracking ref is still there. It holds where the branch was last seen.
std::string gone_mark(std::string_view prefetch_ref);

}  // namespace headway::git
