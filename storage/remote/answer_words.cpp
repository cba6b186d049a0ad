#include <algorithm>
#include <string>

#include <messages/error.hpp>
#include <messages/url.hpp>
#include <storage/remote/answer_words.hpp>

namespace headway::remote {

caf::error senseless(std::string_view problem) {
  return make_error(ec::remote, "the answer " + std::string{problem} + "; nothing was changed");
}

caf::error told_by_remote(std::string_view words) {
  constexpr std::size_t longest = 400;
  auto text = redact(words.substr(0, longest));
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  const bool absent =
      text.find("not found") != std::string::npos || text.find("not exported") != std::string::npos;
  return make_error(absent ? ec::not_found : ec::remote, "the remote says: " + text);
}

}  // namespace headway::remote
