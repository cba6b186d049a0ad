/// How many fetches may run at once. Plain class.
///
/// Additive increase, multiplicative decrease (as in TCP, and in Gitaly's adaptive limiter): a
/// sample under pressure halves the limit, one without raises it by one, but only when at least
/// half of it is used, so that an idle node does not climb to a limit that it never proved it can
/// bear.
#pragma once

#include <cstddef>
#include <string>

#include <messages/resources.hpp>

namespace headway {

class admission_controller {
 public:
  /// `configured` is the ceiling; 0: cores minus one, at least 1.
  admission_controller(std::size_t configured, unsigned cores);

  void observe(const resource_sample& sample, std::size_t running);
  void configure(std::size_t configured, unsigned cores);

  std::size_t limit() const noexcept { return limit_; }
  std::size_t ceiling() const noexcept { return ceiling_; }
  const std::string& limited_by() const noexcept { return limited_by_; }

  static std::size_t ceiling_of(std::size_t configured, unsigned cores) noexcept;

 private:
  std::size_t ceiling_;
  std::size_t limit_;
  std::string limited_by_;
};

}  // namespace headway
