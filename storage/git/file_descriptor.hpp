/// One descriptor of a file. Private to storage/git.
#pragma once

#include <utility>

#include <unistd.h>

namespace headway::git {

/// Owns one descriptor, or none.
class file_descriptor {
 public:
  file_descriptor() = default;
  explicit file_descriptor(int value) noexcept : value_{value} {}
  file_descriptor(file_descriptor&& other) noexcept : value_{std::exchange(other.value_, -1)} {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      value_ = std::exchange(other.value_, -1);
    }
    return *this;
  }
  ~file_descriptor() { reset(); }

  int get() const noexcept { return value_; }
  bool is_open() const noexcept { return value_ >= 0; }
  void reset() noexcept {
    if (value_ >= 0)
      ::close(std::exchange(value_, -1));
  }

 private:
  int value_ = -1;
};

}  // namespace headway::git
