/// Whether what a small fetch brought is whole, told without a process. Private to storage/git.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include <messages/ids.hpp>
#include <storage/git/objects.hpp>

namespace headway::git {

/// True when everything that `wanted` lead to is here: in loose objects of the folder `arrived`, or
/// behind a commit of `known`, which refs lead to; of other trees and blobs that a clone has, as
/// `git index-pack --check-self-contained-and-connected` takes it, it has all. False: something is
/// missing, or it cannot be told like this, and git has to look. `all` reads the clone and
/// `arrived`.
bool is_whole(const std::string& arrived, object_reader& all, const std::vector<oid>& wanted,
              const std::unordered_set<oid>& known);

}  // namespace headway::git
