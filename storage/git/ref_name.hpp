/// Names of refs: which are valid, and how Git abbreviates them. Private to storage/git.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace headway::git {

/// As `git check-ref-format NAME` decides.
bool is_valid_ref_name(std::string_view name) noexcept;

/// How far an abbreviation must be unique: among all rules that Git tries when it reads a name
/// (core.warnAmbiguousRefs, the default), or only among those that it tries earlier.
enum class uniqueness { among_all_rules, among_earlier_rules };

/// "refs/remotes/origin/main" becomes "origin/main", or less short if `exists` knows another ref
/// that the abbreviation could mean. The rules are those of git's refs_shorten_unambiguous_ref
/// (refs.c).
std::string shorten(const std::string& name, uniqueness rule,
                    const std::function<bool(const std::string&)>& exists);

/// Every full name that the abbreviation `name` can mean, in the order in which Git tries them.
std::vector<std::string> expansions(std::string_view name);

}  // namespace headway::git
