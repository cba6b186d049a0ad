/// Server-Sent Events, read back from the pieces in which they come.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace headway::tools {

/// Not thread-safe. (Ids and pauses are not needed here: whoever has lost a stream reads the list.)
class event_stream {
 public:
  using listener = std::function<void(std::string_view name, std::string_view data)>;

  /// Calls `tell` for each event that `bytes` completes.
  void feed(std::string_view bytes, const listener& tell);

 private:
  void take_line(std::string_view line, const listener& tell);

  std::string rest_;
  std::string name_;
  std::string data_;
};

}  // namespace headway::tools
