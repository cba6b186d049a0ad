/// The alternate screen of a terminal.
#pragma once

#include <string>
#include <string_view>

#include <tools/headway/console.hpp>

namespace headway::tools {

/// For as long as this lives; where the output is no terminal, nothing.
class own_screen {
 public:
  explicit own_screen(const console& out);
  ~own_screen();
  own_screen(const own_screen&) = delete;
  own_screen& operator=(const own_screen&) = delete;

  /// `text` instead of what was there, without a flicker between; elsewhere after it.
  std::string frame(const std::string& text) const;

 private:
  void write(std::string_view sequence) const;

  bool active_;
};

}  // namespace headway::tools
