#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>

#include <zlib.h>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/handle.hpp>
#include <storage/git/loose_object.hpp>

namespace headway::git {

namespace {

// "commit 1234\0" and the first bytes after it.
constexpr std::size_t head_bytes = 128;
// What deflate can make of one byte at most: more is a lie that must not become an allocation.
constexpr std::uint64_t max_ratio = 1032;

class inflater {
 public:
  explicit inflater(std::string_view compressed) noexcept {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream_.avail_in = static_cast<uInt>(compressed.size());
    ready_ = inflateInit(&stream_) == Z_OK;
  }
  ~inflater() {
    if (ready_)
      inflateEnd(&stream_);
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  /// Fills `out` as far as the input goes, and says how far that was.
  std::size_t fill(char* out, std::size_t size) noexcept {
    if (!ready_)
      return 0;
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out > 0) {
      last_ = inflate(&stream_, Z_NO_FLUSH);
      if (last_ != Z_OK)
        break;
    }
    return size - stream_.avail_out;
  }

  /// REQUIRES: everything expected was filled. Whether input and output end together, checksum
  /// included.
  bool at_end() noexcept {
    char beyond = 0;
    if (last_ == Z_OK && fill(&beyond, 1) != 0)
      return false;
    return last_ == Z_STREAM_END && stream_.avail_in == 0;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
  int last_ = Z_OK;
};

struct header {
  object_type type;
  std::uint64_t size;
  std::size_t length;
};

std::optional<object_type> type_named(std::string_view name) noexcept {
  for (const auto type :
       {object_type::commit, object_type::tag, object_type::tree, object_type::blob})
    if (name == to_string(type))
      return type;
  return std::nullopt;
}

std::optional<header> parse_header(std::string_view head) noexcept {
  const auto end = head.find('\0');
  const auto space = head.find(' ');
  if (end == std::string_view::npos || space > end)
    return std::nullopt;
  const auto type = type_named(head.substr(0, space));
  std::uint64_t size = 0;
  const auto* last = head.data() + end;
  const auto [stop, error] = std::from_chars(head.data() + space + 1, last, size);
  if (!type || error != std::errc{} || stop != last)
    return std::nullopt;
  return header{*type, size, end + 1};
}

git_object_t libgit2_type(object_type type) noexcept {
  switch (type) {
    case object_type::commit:
      return GIT_OBJECT_COMMIT;
    case object_type::tag:
      return GIT_OBJECT_TAG;
    case object_type::tree:
      return GIT_OBJECT_TREE;
    case object_type::blob:
      return GIT_OBJECT_BLOB;
  }
  return GIT_OBJECT_INVALID;
}

bool has_hash(const object_content& object, const oid& expected) noexcept {
  git_oid actual;
  const auto type = libgit2_type(object.type);
  return git_odb_hash(&actual, object.data.data(), object.data.size(), type) == 0 &&
         std::memcmp(actual.id, expected.bytes.data(), expected.bytes.size()) == 0;
}

// Nothing when the file contradicts itself or its name.
std::optional<object_content> unpack(std::string_view compressed, const oid& id,
                                     loose_content content) {
  if (compressed.size() > std::numeric_limits<uInt>::max())
    return std::nullopt;
  inflater input{compressed};
  std::array<char, head_bytes> head;
  const std::string_view begin{head.data(), input.fill(head.data(), head.size())};
  const auto header = parse_header(begin);
  if (!header)
    return std::nullopt;
  object_content result{.type = header->type};
  const bool is_passed_over =
      (header->type == object_type::tree && content == loose_content::of_commits_and_tags) ||
      (header->type == object_type::blob && content != loose_content::of_all);
  if (is_passed_over)
    return result;
  const auto early = begin.size() - header->length;
  if (early > header->size || header->size > compressed.size() * max_ratio)
    return std::nullopt;
  result.data = begin.substr(header->length);
  result.data.resize(header->size);
  const auto rest = header->size - early;
  if (input.fill(result.data.data() + early, rest) != rest || !input.at_end() ||
      !has_hash(result, id))
    return std::nullopt;
  return result;
}

}  // namespace

const char* to_string(object_type type) noexcept {
  switch (type) {
    case object_type::commit:
      return "commit";
    case object_type::tag:
      return "tag";
    case object_type::tree:
      return "tree";
    case object_type::blob:
      return "blob";
  }
  return "unknown object";
}

caf::expected<std::optional<object_content>> read_loose_object(const std::string& objects,
                                                               const oid& id,
                                                               loose_content content) {
  const auto hex = id.hex();
  const auto path = objects + "/" + hex.substr(0, 2) + "/" + hex.substr(2);
  const auto compressed = read_file(path);
  if (!compressed && code_of(compressed.error()) == ec::missing)
    return std::optional<object_content>{};
  if (!compressed)
    return compressed.error();
  auto object = unpack(*compressed, id, content);
  if (!object)
    return make_error(ec::corrupt, "object " + hex + " is damaged in " + path +
                                       "; 'git fsck' tells what else is");
  return object;
}

}  // namespace headway::git
