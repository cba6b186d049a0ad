#include <tools/client/event_stream.hpp>

namespace headway::tools {

void event_stream::feed(std::string_view bytes, const listener& tell) {
  rest_.append(bytes);
  std::size_t begin = 0;
  for (auto end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n', begin)) {
    take_line(std::string_view{rest_}.substr(begin, end - begin), tell);
    begin = end + 1;
  }
  rest_.erase(0, begin);
}

void event_stream::take_line(std::string_view line, const listener& tell) {
  const auto value_of = [&](std::string_view field) {
    auto value = line.substr(field.size());
    if (value.starts_with(' '))
      value.remove_prefix(1);
    return value;
  };
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  if (line.empty()) {
    if (!data_.empty() || !name_.empty())
      tell(name_, data_);
    name_.clear();
    data_.clear();
  } else if (line.starts_with("event:")) {
    name_ = value_of("event:");
  } else if (line.starts_with("data:")) {
    data_.append(data_.empty() ? "" : "\n").append(value_of("data:"));
  }
}

}  // namespace headway::tools
