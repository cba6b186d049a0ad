/// Keeps a child of git from addresses of private networks.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <storage/git/child_process.hpp>

namespace headway::git {

/// Looks up the host of `url` and wants all of its addresses to be public. Answers with arguments
/// for git that make it use exactly these and follow no redirects: of http(s), where another
/// look-up of the name could lead elsewhere. ssh (`ssh_command` is how git would run it) knows its
/// hosts by their keys; where it says that another host is on the way, and for git://, which knows
/// nobody, the answer is `config`. Local paths have no addresses. Blocks; any thread. Other errors:
/// `network` when the name is unknown, `cancelled`, `deadline_exceeded`, `io`.
caf::expected<std::vector<std::string>> check_addresses(const std::string& url,
                                                        const std::string& ssh_command,
                                                        std::chrono::milliseconds deadline,
                                                        const cancellation& cancel);

}  // namespace headway::git
