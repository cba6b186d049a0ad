/// Which refs of a remote patterns stand for, and what has to be asked to see them. Any thread.
#pragma once

#include <string>
#include <vector>

#include <messages/fetch.hpp>

namespace headway::git {

/// Whether one of `patterns` matches the full name of a ref: '*' stands for any characters, slashes
/// too, as in a refspec.
bool matches(const std::vector<std::string>& patterns, const std::string& ref);

/// What the names of all refs begin with that the patterns of `target` can match.
std::vector<std::string> pattern_prefixes(const fetch_target& target);

/// What a remote has to be asked for: names of refs and what names begin with, each once.
std::vector<std::string> names_to_ask(const fetch_target& target);

/// The tracked refs of `target` and the refs in `answer` that its patterns match, where the
/// refspecs of the remote store them; the latter without tips.
std::vector<tracked_ref> tracked_in(const fetch_target& target, const advertised_refs& answer);

}  // namespace headway::git
