/// Reading shallow, info/grafts and refs/replace. Private to storage/git.
#pragma once

#include <caf/expected.hpp>

#include <messages/graph.hpp>
#include <storage/git/ref_store.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

/// As Git honours them: a line of info/grafts that makes no sense is passed over, one of shallow is
/// `corrupt`; core.useReplaceRefs and GIT_NO_REPLACE_OBJECTS switch replace refs off.
caf::expected<ancestry_overrides> read_ancestry_overrides(const repository_location& location,
                                                          const settings& configured,
                                                          ref_store& refs);

}  // namespace headway::git
