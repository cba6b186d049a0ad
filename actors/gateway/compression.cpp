#include <algorithm>
#include <string>

#include <zlib.h>

#include <actors/gateway/compression.hpp>
#include <actors/gateway/page.hpp>

namespace headway::gateway {

namespace {

/// A document of some hundred branches: below, the bytes that are saved fit into the packets that
/// are sent anyway.
constexpr std::size_t least_size = 8 * 1024;

/// The wrapper of gzip instead of zlib's own (zlib.h, deflateInit2).
constexpr int gzip_window = MAX_WBITS + 16;

/// Empty when zlib has no memory.
std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const auto ended = deflate(&stream, Z_FINISH);
  packed.resize(ended == Z_STREAM_END ? stream.total_out : 0);
  deflateEnd(&stream);
  return packed;
}

bool has(const reply& result, std::string_view name) {
  return std::ranges::any_of(result.fields, [&](const auto& field) { return field.first == name; });
}

}  // namespace

bool may_be_compressed(exposure from, std::size_t size) {
  return from == exposure::network && size >= least_size;
}

void compress_if_worthwhile(reply& result, exposure from,
                            const std::optional<std::string>& accept_encoding) {
  if (!may_be_compressed(from, result.body.size()) || result.status != 200 || result.events ||
      has(result, "Vary"))
    return;
  result.fields.emplace_back("Vary", "Accept-Encoding");
  if (!accept_encoding || !accepts_gzip(*accept_encoding))
    return;
  auto packed = gzipped(result.body);
  if (packed.empty())
    return;
  result.body = std::move(packed);
  result.fields.emplace_back("Content-Encoding", "gzip");
  // Other bytes than those that a strong tag stands for.
  for (auto& [name, value] : result.fields)
    if (name == "ETag" && !value.starts_with("W/"))
      value.insert(0, "W/");
}

}  // namespace headway::gateway
