/// Asks remotes over HTTP(S) for their refs: many at once on one thread, over connections that are
/// kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <storage/remote/http_probe.hpp>

namespace headway::remote {

struct http_limits {
  std::size_t connections_per_host = 8;      ///< Of HTTP/1.1; HTTP/2 needs one.
  std::size_t streams_per_connection = 100;  ///< Of HTTP/2.
  std::size_t max_answer = 64ull << 20;      ///< Bytes; a longer answer is refused.
};

/// Owns its thread, its connections and what it has learned of hosts (which speak an old version of
/// the protocol, which addresses redirect). All functions: any thread, none blocks, but the
/// destructor waits for the thread, which ends at once.
class http_prober {
 public:
  using probe_id = std::uint64_t;
  using callback = std::function<void(http_result)>;

  explicit http_prober(const http_limits& limits = {});
  /// Whatever still runs is cancelled.
  ~http_prober();
  http_prober(const http_prober&) = delete;
  http_prober& operator=(const http_prober&) = delete;

  /// `done` is called exactly once, on the prober's thread; it must not block and not throw.
  probe_id submit(http_probe question, callback done);

  /// Ends a probe within milliseconds, wherever it stands. One that has ended is passed over.
  void cancel(probe_id which);

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace headway::remote
