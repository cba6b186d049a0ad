/// Asks remotes over git:// and over sessions of shared ssh connections for their refs: many at
/// once on one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <storage/remote/stream_probe.hpp>

namespace headway::remote {

struct stream_limits {
  /// An ssh server allows ten sessions of a connection, and fetches want four of them.
  std::size_t sessions_per_connection = 5;
  std::size_t max_answer = 64ull << 20;  ///< Bytes; a longer answer is refused.
};

/// Owns its thread. All functions: any thread, none blocks, but the destructor waits for the
/// thread, which ends at once.
class stream_prober {
 public:
  using probe_id = std::uint64_t;
  using callback = std::function<void(stream_result)>;

  explicit stream_prober(const stream_limits& limits = {});
  /// Whatever still runs is cancelled.
  ~stream_prober();
  stream_prober(const stream_prober&) = delete;
  stream_prober& operator=(const stream_prober&) = delete;

  /// `done` is called exactly once, on the prober's thread; it must not block and not throw.
  probe_id submit(stream_probe question, callback done);

  /// Ends a probe within milliseconds, wherever it stands. One that has ended is passed over.
  void cancel(probe_id which);

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace headway::remote
