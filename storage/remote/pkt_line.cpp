#include <array>
#include <cassert>
#include <charconv>

#include <storage/remote/pkt_line.hpp>

namespace headway::remote {

namespace {

constexpr std::size_t header = 4;

// Nothing when there are other characters than hexadecimal digits.
std::optional<std::size_t> length_of(std::string_view digits) noexcept {
  std::size_t value = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (error != std::errc{} || stop != end || digits.front() == '-')
    return std::nullopt;
  return value;
}

}  // namespace

std::string_view pkt::line() const noexcept {
  auto text = payload;
  if (text.ends_with('\n'))
    text.remove_suffix(1);
  return text;
}

std::optional<pkt> pkt_reader::next() noexcept {
  if (rest_.empty() || !problem_.empty())
    return std::nullopt;
  if (rest_.size() < header)
    return fail("is cut short");
  const auto length = length_of(rest_.substr(0, header));
  if (!length || *length == 3 || *length > header + max_payload)
    return fail("is not in Git's format");
  if (*length < header) {
    rest_.remove_prefix(header);
    return pkt{static_cast<pkt::kind>(*length), {}};
  }
  if (rest_.size() < *length)
    return fail("is cut short");
  const auto payload = rest_.substr(header, *length - header);
  rest_.remove_prefix(*length);
  return pkt{pkt::kind::data, payload};
}

std::optional<pkt> pkt_reader::fail(std::string_view problem) noexcept {
  problem_ = problem;
  return std::nullopt;
}

void append_pkt(std::string& out, std::string_view payload) {
  assert(payload.size() <= max_payload);
  constexpr std::string_view digits = "0123456789abcdef";
  const auto length = payload.size() + header;
  for (const int shift : {12, 8, 4, 0})
    out += digits[(length >> shift) & 15u];
  out += payload;
}

void append_flush(std::string& out) {
  out += "0000";
}

void append_delimiter(std::string& out) {
  out += "0001";
}

// Which hash is meant is left out: without a word both sides mean SHA-1.
void append_command(std::string& out, std::string_view command) {
  append_pkt(out, std::string{command} + "\n");
  append_pkt(out, "agent=git/headway\n");
  append_delimiter(out);
}

}  // namespace headway::remote
