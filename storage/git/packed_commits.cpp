#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <storage/git/commit_text.hpp>
#include <storage/git/file_descriptor.hpp>
#include <storage/git/packed_commits.hpp>

namespace headway::git {

namespace {

// Longer ones are as rare as they are welcome to libgit2.
constexpr std::size_t longest_commit = std::size_t{64} << 10;

constexpr std::size_t index_header = 8;
constexpr std::size_t fanout_bytes = 256 * 4;
constexpr std::size_t trailer_bytes = 2 * 20;
constexpr std::uint8_t magic[] = {0xff, 't', 'O', 'c', 0, 0, 0, 2};
constexpr std::uint32_t is_large = 0x80000000;
constexpr int commit_entry = 1;
constexpr int delta_by_offset = 6;
constexpr int delta_by_id = 7;
constexpr int longest_chain = 4'096;  // As git limits pack.depth.
constexpr int most_guesses = 8;

std::uint32_t number_at(const std::uint8_t* at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

/// What an entry of a pack begins with.
struct entry_head {
  int type;
  std::size_t size;                    ///< Of what is deflated in it.
  std::span<const std::uint8_t> rest;  ///< What follows.

  static std::optional<entry_head> of(std::span<const std::uint8_t> entry) noexcept {
    // The type and four bits of the size, then seven more bits of it in each byte that follows.
    entry_head result{.type = entry.empty() ? 0 : entry.front() >> 4 & 7, .size = 0, .rest = entry};
    for (int bits = 4, shift = 0;; shift += std::exchange(bits, 7)) {
      if (result.rest.empty() || shift > 25)
        return std::nullopt;
      const auto byte = result.rest.front();
      result.rest = result.rest.subspan(1);
      result.size |= std::size_t{byte & ((1u << bits) - 1)} << shift;
      if (byte < 0x80)
        return result;
    }
  }
};

// How far before a delta its base begins; seven bits a byte, the highest first.
std::optional<std::uint64_t> distance_in(std::span<const std::uint8_t> bytes) noexcept {
  std::uint64_t distance = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) {
    distance = (distance + (i > 0)) << 7 | (bytes[i] & 0x7f);
    if (bytes[i] < 0x80)
      return distance;
  }
  return std::nullopt;
}

/// A file in memory, read-only. Git renames finished packs into place and never cuts one short.
class mapping {
 public:
  static mapping of(const std::string& path) {
    mapping result;
    const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status {};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
      return result;
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0)
      return result;
    void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (start != MAP_FAILED)
      result.bytes_ = {static_cast<const std::uint8_t*>(start), size};
    return result;
  }

  mapping() = default;
  mapping(mapping&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {}
  mapping& operator=(mapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~mapping() {
    if (!bytes_.empty())
      ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
  }

  std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace

/// One stream and one buffer for all: making them costs more than a commit does.
class packed_commits::inflater {
 public:
  inflater() : ready_{inflateInit(&stream_) == Z_OK} {}
  ~inflater() {
    if (ready_)
      inflateEnd(&stream_);
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  /// The `size` bytes that the front of `deflated` holds, and takes them off it; or nothing.
  std::optional<std::string_view> take(std::span<const std::uint8_t>& deflated, std::size_t size) {
    if (!ready_ || size > longest_commit || inflateReset(&stream_) != Z_OK)
      return std::nullopt;
    const auto limit = std::min(deflated.size(), 2 * longest_commit);
    stream_.next_in = const_cast<Bytef*>(deflated.data());
    stream_.avail_in = static_cast<uInt>(limit);
    stream_.next_out = reinterpret_cast<Bytef*>(text_.data());
    stream_.avail_out = static_cast<uInt>(text_.size());
    if (inflate(&stream_, Z_FINISH) != Z_STREAM_END || stream_.total_out != size)
      return std::nullopt;
    deflated = deflated.subspan(limit - stream_.avail_in);
    return std::string_view{text_.data(), size};
  }

 private:
  z_stream stream_{};
  std::vector<char> text_ = std::vector<char>(longest_commit + 1);
  bool ready_;
};

class packed_commits::pack {
 public:
  static std::optional<pack> open(const std::filesystem::path& index) {
    pack result;
    result.index_ = mapping::of(index.string());
    result.content_ = mapping::of(std::filesystem::path{index}.replace_extension(".pack").string());
    if (!result.has_sound_index())
      return std::nullopt;
    return result;
  }

  /// Where the entry of `id` is in the pack.
  std::optional<place> find(const oid& id) const noexcept {
    const auto first = id.bytes[0];
    auto low = first == 0 ? 0 : number_at(fanout() + 4 * (first - 1));
    auto high = number_at(fanout() + 4 * first);
    // Ids are as good as random: where one stands is known within some places. Where they are not,
    // halving it is.
    for (int tries = 0; low < high; ++tries) {
      const auto middle = tries < most_guesses ? guess(id, low, high) : low + (high - low) / 2;
      const auto order = std::memcmp(ids() + 20 * std::size_t{middle}, id.bytes.data(), 20);
      if (order == 0)
        return at(middle);
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
    return std::nullopt;
  }

  /// Of the object whose entry is there; of a delta, that of what it builds on.
  std::optional<int> type_at(std::uint64_t offset) const noexcept {
    for (int depth = 0; depth < longest_chain; ++depth) {
      const auto entry = entry_head::of(bytes_from(offset));
      if (!entry)
        return std::nullopt;
      if (entry->type == delta_by_offset) {
        const auto distance = distance_in(entry->rest);
        if (!distance || *distance == 0 || *distance > offset)
          return std::nullopt;
        offset -= *distance;
      } else if (entry->type == delta_by_id) {
        oid base;
        if (entry->rest.size() < base.bytes.size())
          return std::nullopt;
        std::copy_n(entry->rest.begin(), base.bytes.size(), base.bytes.begin());
        const auto found = find(base);
        if (!found)
          return std::nullopt;
        offset = found->offset;
      } else {
        return entry->type;
      }
    }
    return std::nullopt;
  }

  std::span<const std::uint8_t> bytes_from(std::uint64_t offset) const noexcept {
    const auto bytes = content_.bytes();
    return offset < bytes.size() ? bytes.subspan(offset) : bytes.subspan(bytes.size());
  }

 private:
  const std::uint8_t* fanout() const noexcept { return index_.bytes().data() + index_header; }
  const std::uint8_t* ids() const noexcept { return fanout() + fanout_bytes; }
  const std::uint8_t* checksums() const noexcept { return ids() + 20 * std::size_t{count_}; }
  const std::uint8_t* offsets() const noexcept { return checksums() + 4 * std::size_t{count_}; }

  std::optional<place> at(std::uint32_t number) const noexcept {
    const auto crc = number_at(checksums() + 4 * std::size_t{number});
    const auto offset = number_at(offsets() + 4 * std::size_t{number});
    if ((offset & is_large) == 0)
      return place{offset, crc};
    const auto* large = offsets() + 4 * std::size_t{count_};
    const auto left =
        static_cast<std::size_t>(index_.bytes().data() + index_.bytes().size() - large);
    const auto skipped = 8 * std::size_t{offset ^ is_large};
    if (left < skipped + 8 + trailer_bytes)
      return std::nullopt;
    large += skipped;
    return place{std::uint64_t{number_at(large)} << 32 | number_at(large + 4), crc};
  }

  bool has_sound_index() {
    const auto bytes = index_.bytes();
    if (bytes.size() < index_header + fanout_bytes + trailer_bytes ||
        !std::equal(std::begin(magic), std::end(magic), bytes.begin()))
      return false;
    for (int i = 1; i < 256; ++i)
      if (number_at(fanout() + 4 * i) < number_at(fanout() + 4 * (i - 1)))
        return false;
    count_ = number_at(fanout() + 4 * 255);
    return bytes.size() >= index_header + fanout_bytes + 28 * std::size_t{count_} + trailer_bytes;
  }

  // Where the id would stand if the ids from `low` to `high` were spread evenly; in the middle when
  // they are few. REQUIRES: low < high.
  std::uint32_t guess(const oid& id, std::uint32_t low, std::uint32_t high) const noexcept {
    const auto span = high - low;
    if (span < 8)
      return low + span / 2;
    const auto least = std::uint64_t{number_at(ids() + 20 * std::size_t{low})};
    const auto most = std::uint64_t{number_at(ids() + 20 * std::size_t{high - 1})};
    const auto wanted = std::uint64_t{number_at(id.bytes.data())};
    if (wanted <= least)
      return low;
    if (wanted >= most)
      return high - 1;
    return low + static_cast<std::uint32_t>((wanted - least) * (span - 1) / (most - least));
  }

  mapping index_;
  mapping content_;
  std::uint32_t count_ = 0;
};

packed_commits::packed_commits(std::span<const std::string> object_folders)
    : inflater_{std::make_unique<inflater>()} {
  std::error_code ignored;
  for (const auto& folder : object_folders)
    for (const auto& entry : std::filesystem::directory_iterator{folder + "/pack", ignored})
      if (entry.path().extension() == ".idx")
        if (auto opened = pack::open(entry.path()))
          packs_.push_back(std::move(*opened));
}

packed_commits::~packed_commits() = default;
packed_commits::packed_commits(packed_commits&&) noexcept = default;
packed_commits& packed_commits::operator=(packed_commits&&) noexcept = default;

std::optional<packed_commits::place> packed_commits::find(const oid& id) {
  for (auto& one : packs_) {
    const auto found = one.find(id);
    if (!found)
      continue;
    if (&one != &packs_.front())
      std::swap(one, packs_.front());
    return found;
  }
  return std::nullopt;
}

bool packed_commits::has_commit(const oid& id) {
  const auto found = find(id);
  return found && packs_.front().type_at(found->offset) == commit_entry;
}

std::optional<std::vector<oid>> packed_commits::parents(const oid& commit) {
  const auto found = find(commit);
  if (!found)
    return std::nullopt;
  return parents_in(packs_.front().bytes_from(found->offset), found->crc);
}

std::optional<std::vector<oid>> packed_commits::parents_in(std::span<const std::uint8_t> entry,
                                                           std::uint32_t crc) {
  auto head = entry_head::of(entry);
  if (!head || head->type != commit_entry)
    return std::nullopt;
  auto text = inflater_->take(head->rest, head->size);
  const auto length = static_cast<uInt>(head->rest.data() - entry.data());
  if (!text || ::crc32(0, entry.data(), length) != crc)
    return std::nullopt;
  return take_parents(*text);
}

}  // namespace headway::git
