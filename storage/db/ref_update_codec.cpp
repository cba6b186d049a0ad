#include <algorithm>
#include <cstdint>

#include <storage/db/ref_update_codec.hpp>

namespace headway::db {

namespace {

constexpr std::uint8_t has_before = 1;
constexpr std::uint8_t has_after = 2;

void append_length(std::string& bytes, std::size_t length) {
  for (int shift = 0; shift < 32; shift += 8)
    bytes.push_back(static_cast<char>(length >> shift & 0xff));
}

void append_id(std::string& bytes, const std::optional<oid>& id) {
  if (id)
    bytes.append(id->bytes.begin(), id->bytes.end());
}

/// Takes values off the front; once one is missing it only says so.
class cursor {
 public:
  explicit cursor(std::string_view bytes) noexcept : rest_(bytes) {}

  bool at_end() const noexcept { return rest_.empty(); }
  bool failed() const noexcept { return failed_; }

  std::string_view take(std::size_t size) noexcept {
    failed_ = failed_ || size > rest_.size();
    if (failed_)
      return {};
    const auto front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }

  std::uint32_t number(std::size_t size) noexcept {
    std::uint32_t value = 0;
    int shift = 0;
    for (const char byte : take(size)) {
      value |= std::uint32_t{static_cast<std::uint8_t>(byte)} << shift;
      shift += 8;
    }
    return value;
  }

  oid id() noexcept {
    oid value;
    const auto bytes = take(value.bytes.size());
    std::copy(bytes.begin(), bytes.end(), value.bytes.begin());
    return value;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

std::string encode(const std::vector<ref_update>& updates) {
  std::string bytes;
  for (const auto& update : updates) {
    bytes.push_back(
        static_cast<char>((update.before ? has_before : 0) | (update.after ? has_after : 0)));
    append_length(bytes, update.tracking_ref.size());
    bytes.append(update.tracking_ref);
    append_id(bytes, update.before);
    append_id(bytes, update.after);
  }
  return bytes;
}

std::optional<std::vector<ref_update>> decode_ref_updates(std::string_view bytes) {
  std::vector<ref_update> updates;
  cursor in{bytes};
  while (!in.at_end()) {
    ref_update update;
    const auto present = in.number(1);
    update.tracking_ref = in.take(in.number(4));
    if ((present & has_before) != 0)
      update.before = in.id();
    if ((present & has_after) != 0)
      update.after = in.id();
    if (in.failed() || present > (has_before | has_after))
      return std::nullopt;
    updates.push_back(std::move(update));
  }
  return updates;
}

}  // namespace headway::db
