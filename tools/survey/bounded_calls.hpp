/// Many calls with callbacks, some of them at once.
#pragma once

#include <cstddef>
#include <functional>

namespace headway::tools {

/// Starts the calls 0 to `count` - 1, at most `limit` at once, and waits for all.
///
/// `start(i, done)` begins call `i`; `done` is to be called once, on any thread, after the result
/// has been put where it belongs. `watch(done_so_far)` is called on the caller's thread at least
/// every 100 ms; when it answers `pace::stop`, no further call is started and the rest is not
/// waited for. Answers whether all calls have ended. Results must live in memory that the callbacks
/// share: calls that were given up may end later.
enum class pace { go_on, stop };
using call_done = std::function<void()>;
bool run_bounded(std::size_t count, std::size_t limit,
                 const std::function<void(std::size_t index, call_done done)>& start,
                 const std::function<pace(std::size_t done_so_far)>& watch);

}  // namespace headway::tools
