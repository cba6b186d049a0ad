/// Fetch refspecs: which ref of a remote lands where. Private to storage/git.
///
/// The matching is that of git's query_refspecs (remote.c), negative refspecs included.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headway::git {

/// One parsed refspec, such as "+refs/heads/*:refs/remotes/origin/*".
struct refspec {
  std::string source;       ///< On the remote.
  std::string destination;  ///< Here; empty: fetched but not stored.
  bool negative = false;
  bool pattern = false;

  /// Nothing when Git would call it invalid.
  static std::optional<refspec> parse(std::string_view text);
};

/// All valid refspecs of a remote, in order.
std::vector<refspec> parse_refspecs(const std::vector<std::string>& texts);

/// Whether a negative refspec names this ref of the remote: it is not fetched.
bool is_excluded(const std::vector<refspec>& specs, const std::string& remote_ref);

/// Where `remote_ref` is stored here.
std::optional<std::string> to_tracking(const std::vector<refspec>& specs,
                                       const std::string& remote_ref);

/// Which ref of the remote is stored in `tracking_ref`.
std::optional<std::string> to_remote(const std::vector<refspec>& specs,
                                     const std::string& tracking_ref);

}  // namespace headway::git
