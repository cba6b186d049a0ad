#include <string_view>

#include <actors/gateway/request_id.hpp>

namespace headway::gateway {

namespace {

constexpr std::size_t longest = 64;
constexpr std::string_view allowed =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

void append_hex(std::string& out, std::uint64_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out.push_back("0123456789abcdef"[value >> shift & 0xF]);
}

}  // namespace

bool request_ids::is_acceptable(std::string_view id) {
  return !id.empty() && id.size() <= longest &&
         id.find_first_not_of(allowed) == std::string_view::npos;
}

std::string request_ids::choose(const std::optional<std::string>& sent) {
  if (sent && is_acceptable(*sent))
    return *sent;
  std::string id;
  renew(id);
  return id;
}

void request_ids::renew(std::string& id) {
  id.clear();
  append_hex(id, seed_, 8);
  id.push_back('-');
  append_hex(id, next_++, 8);
}

}  // namespace headway::gateway
