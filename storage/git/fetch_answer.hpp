/// What a remote says its refs are, believed only after it has been checked, and what follows from
/// it. Plain values; no process, no disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include <messages/fetch.hpp>
#include <messages/repo.hpp>
#include <storage/remote/ls_refs.hpp>

namespace headway::git {

/// Reads the output of `git ls-remote`: lines of forty hex digits, a tab and a ref name, each name
/// once. Errors: `remote` when any line is anything else; a part of a broken answer is not used.
caf::expected<advertised_refs> parse_answer(std::string_view output);

/// The tags of a list that names what annotated ones lead to ("refs/tags/v1^{}") as well.
remote::advertised_tags tags_in(const advertised_refs& answer);

/// What has to be done here so that the tracking refs are as the remote says.
struct fetch_plan {
  std::vector<tracked_ref> moved;  ///< New here, or at another commit than there.
  std::vector<tracked_ref> gone;   ///< Here and not there; may be deleted.
  /// Why nothing may be deleted although refs are missing from the answer; empty when all is well.
  std::string refused;

  bool nothing_to_do() const noexcept { return moved.empty() && gone.empty(); }
};

/// Missing refs count as gone only when the answer names any ref at all and not more than half of
/// several tracked refs are missing: `git fetch --prune` deletes every tracking ref when a captive
/// portal or an emptied server answers in the remote's place.
fetch_plan compare(const std::vector<tracked_ref>& tracked, const advertised_refs& answer);

/// Whether the `configured` refspec that maps the ref has a "+": it may move to where it was not
/// moved forward to.
bool may_be_rewritten(const tracked_ref& ref, const std::vector<std::string>& configured);

/// The ref classes that `git ls-remote` must be asked for so that every one of `tracked` can be in
/// the answer. Patterns would not help: git matches them on our side and lets the server send
/// everything, whereas these become ref prefixes of protocol v2.
std::vector<std::string> ref_classes(const std::vector<tracked_ref>& tracked);

}  // namespace headway::git
