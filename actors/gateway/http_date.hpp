/// The Date field, which every reply carries.
#pragma once

#include <chrono>
#include <string>

namespace headway::gateway {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7)
std::string render_http_date(std::chrono::sys_seconds time);

/// Renders once a second. Not thread-safe.
class http_date {
 public:
  const std::string& at(std::chrono::system_clock::time_point now);

 private:
  std::chrono::sys_seconds second_{std::chrono::seconds{-1}};
  std::string text_;
};

}  // namespace headway::gateway
