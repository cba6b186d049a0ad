/// A web server that does nothing but send a file, and the program that asks both.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <tools/load/child.hpp>

namespace headway::end_to_end {

/// nginx with one worker, sending one file over HTTP: the limit of what an answer can cost.
class file_server {
 public:
  static bool available();

  /// Throws when it does not start.
  file_server(const std::filesystem::path& folder, const std::string& content);
  std::string url() const;

 private:
  std::uint16_t port_;
  std::unique_ptr<load::child> process_;
};

/// What wrk saw.
struct burst {
  double requests_per_second = 0;
  double p50_us = 0;
  double p95_us = 0;
  double p99_us = 0;
  double errors = 0;  ///< Statuses that are no success, and sockets that failed.
};

bool has_wrk();

/// Asks for `url` on so many connections, each again as soon as it has an answer. Throws when wrk
/// fails.
burst hammer(const std::string& url, unsigned connections, unsigned seconds,
             const std::filesystem::path& folder);

}  // namespace headway::end_to_end
