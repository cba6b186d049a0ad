/// Logins from the user's credential helpers, without asking the user.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/repo.hpp>
#include <storage/git/child_process.hpp>

namespace headway::git {

struct filled_login {
  std::string username;
  std::string password;
};

/// Runs `git credential fill` in the clone, so that its own helpers are asked. `url` is http(s)
/// without user information; `username` may be empty. The login is neither approved nor rejected:
/// what helpers keep is the user's. Blocks; any thread. Errors: `auth_required` when no helper has
/// one, `deadline_exceeded`, `cancelled`, `io`.
caf::expected<filled_login> fill_login(const repository_location& location, const std::string& url,
                                       const std::string& username,
                                       std::chrono::milliseconds deadline,
                                       const cancellation& cancel);

/// Differs when a file has changed in which git and ssh keep logins of this person: configuration,
/// git-credentials, netrc, the folder of ssh keys; or one of `more`. Any thread.
std::uint64_t stamp_of_login_files(const std::vector<std::string>& more = {});

}  // namespace headway::git
