/// The refs of a remote that is a repository on this machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/expected.hpp>

#include <messages/fetch.hpp>

namespace headway::git {

/// Where such a remote lies: `address` is a path, relative to `base` when it is not absolute, or a
/// file:// address.
std::string local_path(const std::string& base, std::string_view address);

/// Those of `names`, and all that begin with one of `prefixes`, that the repository at
/// `local_path(base, address)` has, as `git upload-pack` would show them. Nothing when only git can
/// say: it hides refs, keeps them in another format, belongs to somebody else, is damaged or is not
/// there.
std::optional<advertised_refs> read_local_refs(const std::string& base, const std::string& address,
                                               const std::vector<std::string>& names,
                                               const std::vector<std::string>& prefixes = {});

/// Which remotes on this machine were found equal to their clones, for as long as no file has
/// changed that could tell otherwise: a second look then costs a stat of each. One thread.
class settled_remotes {
 public:
  struct entry {
    std::string name;
    std::string address;
    std::vector<tracked_ref> refs;  ///< Without tips.
    std::vector<std::string> files;
    std::uint64_t stamp = 0;
  };

  /// Nothing that could make the refs of `target` differ from those at `address` has changed since
  /// `keep`.
  bool holds(const fetch_target& target, const std::string& address) const;

  /// What both sides look like now; to be taken before they are compared, so that a change in
  /// between is seen later. Nothing when they change at this moment, or when files cannot tell: for
  /// patterns, a new file can make a difference.
  static std::optional<entry> look(const fetch_target& target, const std::string& address);

  /// They were found equal.
  void keep(entry found);

 private:
  std::unordered_map<std::string, entry> known_;
};

}  // namespace headway::git
