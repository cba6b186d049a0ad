/// Entity tags (RFC 9110, 8.8.3) and the condition that uses them (13.1.2).
#pragma once

#include <string>
#include <string_view>

namespace headway::gateway {

/// A strong tag, quotes included, over a sync-status document without the value of its "as_of":
/// FNV-1a, 128 bits (draft-eastlake-fnv), which is plenty against accidents; nobody gains by a
/// collision in the status of his own clone. REQUIRES: `document` is a result of
/// `sync_status_json`.
std::string status_tag(std::string_view document);

/// The same over all of `bytes`.
std::string content_tag(std::string_view bytes);

/// Whether `condition`, the value of If-None-Match, holds `tag` by weak comparison or is "*". What
/// cannot be understood matches nothing: then the whole document is sent, which is never wrong.
bool matches(std::string_view condition, std::string_view tag);

}  // namespace headway::gateway
