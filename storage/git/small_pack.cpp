#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include <git2/sys/odb_backend.h>
#include <zlib.h>

#include <storage/git/handle.hpp>
#include <storage/git/objects.hpp>
#include <storage/git/small_pack.hpp>

namespace headway::git {

namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::size_t checksum_bytes = 20;
constexpr std::size_t id_bytes = 20;
// All objects together, unpacked: what a process costs is little beside more.
constexpr std::size_t most_content = std::size_t{4} << 20;
constexpr int as_git_does = 1;  // core.looseCompression

enum entry_kind : unsigned { delta_by_offset = 6, delta_by_id = 7 };

std::uint8_t byte(char c) {
  return static_cast<std::uint8_t>(c);
}

std::uint32_t number_at(std::string_view text) {
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4))
    value = value << 8 | byte(c);
  return value;
}

git_object_t kind_of(object_type type) {
  switch (type) {
    case object_type::commit:
      return GIT_OBJECT_COMMIT;
    case object_type::tree:
      return GIT_OBJECT_TREE;
    case object_type::blob:
      return GIT_OBJECT_BLOB;
    case object_type::tag:
      return GIT_OBJECT_TAG;
  }
  return GIT_OBJECT_INVALID;
}

/// Takes numbers and bytes off the front of a text.
class cursor {
 public:
  explicit cursor(std::string_view text) : left_{text} {}

  std::string_view left() const { return left_; }
  void skip(std::size_t count) { left_.remove_prefix(count); }

  std::optional<std::uint8_t> next() {
    if (left_.empty())
      return {};
    const auto value = byte(left_.front());
    left_.remove_prefix(1);
    return value;
  }

  std::optional<std::string_view> take(std::size_t count) {
    if (left_.size() < count)
      return {};
    const auto text = left_.substr(0, count);
    left_.remove_prefix(count);
    return text;
  }

  /// Seven bits a byte, the lowest first; `value` holds `shift` bits already.
  std::optional<std::uint64_t> size(std::uint64_t value, unsigned shift, bool more) {
    for (; more; shift += 7) {
      const auto part = next();
      if (!part || shift > 56)
        return {};
      value |= std::uint64_t{*part & 0x7fu} << shift;
      more = (*part & 0x80) != 0;
    }
    return value;
  }

 private:
  std::string_view left_;
};

// The next zlib stream, which must hold exactly `size` bytes.
std::optional<std::string> inflated(cursor& from, std::size_t size) {
  z_stream stream{};
  const auto input = from.left();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  if (inflateInit(&stream) != Z_OK)
    return {};
  // One byte of room more than there may be.
  std::string text(size + 1, '\0');
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.total_out != size)
    return {};
  from.skip(stream.total_in);
  text.resize(size);
  return text;
}

// Where a copy of a delta begins, or how long it is: a byte for each bit of `which` that is set.
std::optional<std::size_t> sparse_number(cursor& from, unsigned which) {
  std::size_t value = 0;
  for (unsigned shift = 0; which != 0; which >>= 1, shift += 8) {
    if ((which & 1) == 0)
      continue;
    const auto part = from.next();
    if (!part)
      return {};
    value |= std::size_t{*part} << shift;
  }
  return value;
}

std::optional<std::string> applied(std::string_view delta, std::string_view base) {
  constexpr std::size_t default_length = 0x10000;
  cursor from{delta};
  const auto base_size = from.size(0, 0, true);
  const auto size = from.size(0, 0, true);
  if (!base_size || *base_size != base.size() || !size || *size > most_content)
    return {};
  std::string result;
  result.reserve(*size);
  while (const auto order = from.next()) {
    std::optional<std::string_view> piece;
    if ((*order & 0x80) != 0) {
      const auto begin = sparse_number(from, *order & 0x0fu);
      const auto length = sparse_number(from, *order >> 4 & 0x07u);
      if (begin && length && *begin <= base.size()) {
        const auto count = *length == 0 ? default_length : *length;
        if (count <= base.size() - *begin)
          piece = base.substr(*begin, count);
      }
    } else if (*order != 0) {
      piece = from.take(*order);
    }
    if (!piece || piece->size() > *size - result.size())
      return {};
    result.append(*piece);
  }
  return result.size() == *size ? std::optional{std::move(result)} : std::nullopt;
}

odb_ptr writer_into(const std::string& folder) {
  git_odb* made = nullptr;
  if (git_odb_new(&made) != 0)
    return {};
  odb_ptr objects{made};
  git_odb_backend* backend = nullptr;
  if (git_odb_backend_loose(&backend, folder.c_str(), as_git_does, 0, 0, 0) != 0)
    return {};
  if (git_odb_add_backend(made, backend, 1) != 0) {
    backend->free(backend);
    return {};
  }
  return objects;
}

/// Takes one pack apart.
class unpacking {
 public:
  unpacking(std::string_view pack, odb_ptr into, object_reader clone)
      : pack_{pack}, into_{std::move(into)}, clone_{std::move(clone)} {}

  bool run() {
    if (pack_.size() < header_bytes + checksum_bytes || !pack_.starts_with("PACK") ||
        number_at(pack_.substr(4)) != 2)
      return false;
    const auto count = number_at(pack_.substr(8));
    cursor from{pack_.substr(header_bytes, pack_.size() - header_bytes - checksum_bytes)};
    for (std::uint32_t i = 0; i < count; ++i)
      if (!take_entry(from))
        return false;
    return from.left().empty() && resolve_waiting();
  }

 private:
  struct waiting_delta {
    std::size_t offset;
    oid base;
    std::string delta;
  };

  bool take_entry(cursor& from) {
    const auto offset = offset_of(from);
    const auto first = from.next();
    if (!first)
      return false;
    const unsigned kind = *first >> 4 & 7u;
    const auto size = from.size(*first & 0x0fu, 4, (*first & 0x80) != 0);
    if (!size || *size > most_content - content_)
      return false;
    content_ += *size;
    if (kind == delta_by_offset)
      return take_delta_by_offset(from, offset, *size);
    if (kind == delta_by_id)
      return take_delta_by_id(from, offset, *size);
    const auto type = type_of(static_cast<git_object_t>(kind));
    auto data = inflated(from, *size);
    return type && data && keep(offset, {*type, std::move(*data)});
  }

  bool take_delta_by_offset(cursor& from, std::size_t offset, std::size_t size) {
    std::uint64_t back = 0;
    for (bool more = true, later = false; more; later = true) {
      const auto part = from.next();
      if (!part || back > pack_.size())
        return false;
      back = later ? (back + 1) << 7 | (*part & 0x7fu) : *part & 0x7fu;
      more = (*part & 0x80) != 0;
    }
    const auto delta = inflated(from, size);
    const auto base = back > offset ? by_offset_.end() : by_offset_.find(offset - back);
    // One that stands before is known, unless it waits for a base itself.
    return delta && base != by_offset_.end() && keep_delta(offset, objects_[base->second], *delta);
  }

  bool take_delta_by_id(cursor& from, std::size_t offset, std::size_t size) {
    const auto name = from.take(id_bytes);
    if (!name)
      return false;
    oid base;
    std::memcpy(base.bytes.data(), name->data(), id_bytes);
    auto delta = inflated(from, size);
    if (!delta)
      return false;
    if (const auto known = by_id_.find(base); known != by_id_.end())
      return keep_delta(offset, objects_[known->second], *delta);
    if (const auto there = clone_.content(base))
      return keep_delta(offset, *there, *delta);
    waiting_.push_back({offset, base, std::move(*delta)});
    return true;
  }

  // A base may come after what is made of it.
  bool resolve_waiting() {
    for (bool progress = true; progress && !waiting_.empty();) {
      progress = false;
      for (auto& one : std::exchange(waiting_, {})) {
        const auto known = by_id_.find(one.base);
        if (known == by_id_.end())
          waiting_.push_back(std::move(one));
        else if (progress = keep_delta(one.offset, objects_[known->second], one.delta); !progress)
          return false;
      }
    }
    return waiting_.empty();
  }

  bool keep_delta(std::size_t offset, const object_content& base, std::string_view delta) {
    auto data = applied(delta, base.data);
    if (!data || data->size() > most_content - content_)
      return false;
    content_ += data->size();
    return keep(offset, {base.type, std::move(*data)});
  }

  bool keep(std::size_t offset, object_content object) {
    git_oid written;
    if (git_odb_write(&written, into_.get(), object.data.data(), object.data.size(),
                      kind_of(object.type)) != 0)
      return false;
    oid id;
    std::memcpy(id.bytes.data(), written.id, id_bytes);
    by_offset_.emplace(offset, objects_.size());
    by_id_.emplace(id, objects_.size());
    objects_.push_back(std::move(object));
    return true;
  }

  std::size_t offset_of(const cursor& at) const {
    return static_cast<std::size_t>(at.left().data() - pack_.data());
  }

  std::string_view pack_;
  odb_ptr into_;
  object_reader clone_;
  std::vector<object_content> objects_;
  std::unordered_map<std::size_t, std::size_t> by_offset_;  ///< Places in `objects_`.
  std::unordered_map<oid, std::size_t> by_id_;
  std::vector<waiting_delta> waiting_;
  std::size_t content_ = 0;  ///< Bytes unpacked so far.
};

}  // namespace

bool unpack_small(std::string_view pack, const std::string& into,
                  const std::vector<std::string>& folders) {
  auto objects = writer_into(into);
  auto clone = object_reader::open(folders);
  return objects && clone && unpacking{pack, std::move(objects), std::move(*clone)}.run();
}

}  // namespace headway::git
