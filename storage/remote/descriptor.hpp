/// Owner of a file descriptor. Private to storage/remote.
#pragma once

#include <utility>

#include <unistd.h>

namespace headway::remote {

class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) noexcept : number_{number} {}
  descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~descriptor() { reset(); }

  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }
  void reset() noexcept {
    if (number_ >= 0)
      ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

}  // namespace headway::remote
