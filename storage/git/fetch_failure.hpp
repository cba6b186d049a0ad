/// What a failed child of git means for the one who asked for a fetch.
#pragma once

#include <string>
#include <string_view>

#include <messages/error.hpp>
#include <messages/fetch.hpp>
#include <messages/status.hpp>
#include <storage/git/child_process.hpp>

namespace headway::git {

struct fetch_failure {
  ec code = ec::none;
  fetch_outcome outcome = fetch_outcome::failed;
  std::string sentence;  ///< For a person; redacted, one line, without control characters.
  host_sign host = host_sign::none;  ///< What git's words say of it; `none`: what the code says.
};

/// Of a code that a step found out by itself.
fetch_failure make_failure(ec code, std::string sentence);

/// Of a child that did not end with status 0. `attempted` says what was being done ("asking remote
/// 'origin' for its refs"). Git and ssh tell the reason only in words, so those are looked for; the
/// child must have run with LC_ALL=C.
fetch_failure classify(std::string_view attempted, const child_result& result);

/// The code that `errors` (stderr of git) speaks of; `io` when it speaks of nothing known.
ec code_in(std::string_view errors);

/// The line of `errors` that says most, redacted and made printable; empty when there is none.
std::string meaningful_line(std::string_view errors);

}  // namespace headway::git
