/// Packs of a few objects, as most fetches bring them, taken apart without a process. Private to
/// storage/git.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headway::git {

/// Makes every object of `pack` (gitformat-pack(5)) a loose one in the folder `into`, named by the
/// hash of what it holds; deltas may be against objects in `folders`. False: the pack makes no
/// sense, lacks an object, holds too much, or the disk is full; `git unpack-objects` then tells
/// which, and may take the same pack. The checksum at the end of the pack is left out: each object
/// has one of its own, and whoever follows ids from what was wanted finds only what has those ids.
bool unpack_small(std::string_view pack, const std::string& into,
                  const std::vector<std::string>& folders);

}  // namespace headway::git
