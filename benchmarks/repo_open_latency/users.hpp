/// Many who want to read a repository at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace headway::repo_open_latency {

/// What a user does to be able to read; each user has one of its own.
using opening = std::function<void()>;
using make_opening = std::function<opening()>;

/// Each user opens again and again; milliseconds of each opening.
std::vector<double> open_for(std::size_t users, std::chrono::milliseconds time,
                             const make_opening& make);

/// Each user opens once, all at the same moment.
std::vector<double> open_once(std::size_t users, const make_opening& make);

}  // namespace headway::repo_open_latency
