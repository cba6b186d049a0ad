#include <array>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

#include <messages/error.hpp>
#include <storage/graph/chain_file.hpp>
#include <storage/graph/checksum.hpp>
#include <storage/graph/mapped_file.hpp>
#include <storage/graph/written_file.hpp>

namespace headway::graph {

namespace {

constexpr std::uint64_t magic = 0x01'4e49'4148'4357;  // "WCHAIN" and the version, read as a number.

struct file_header {
  std::uint64_t magic;
  std::uint64_t checksum;  ///< XXH3 of all that follows this field.
  std::uint32_t sources_bytes;
  std::uint32_t places;
  std::uint32_t chains;
  std::uint32_t merges;
  std::uint32_t heights;
  std::uint32_t joins;
  std::uint32_t covered;
  std::uint32_t reserved;
};
constexpr std::size_t unsummed_bytes = offsetof(file_header, sources_bytes);

template <class... Items>
constexpr bool written_as_they_are = (std::is_trivially_copyable_v<Items> && ...);

// The lists are used in place: they must have no gaps and need no more than this alignment.
static_assert(written_as_they_are<file_header, chain_place, chain_segment::chain,
                                  chain_segment::merge, chain_segment::step, file_identity>);
static_assert(sizeof(file_header) == 48 && sizeof(chain_place) == 8);
static_assert(sizeof(chain_segment::chain) == 20 && sizeof(chain_segment::merge) == 12);
static_assert(sizeof(chain_segment::step) == 8 && sizeof(file_identity) == 32);
static_assert(alignof(chain_segment::chain) == 4 && alignof(chain_segment::merge) == 4);

/// Numbers and texts one after the other.
class writer {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto* const from = reinterpret_cast<const std::uint8_t*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof value);
  }
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }
  std::vector<std::uint8_t> padded() {
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    return std::move(bytes_);
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// Reads them back; past the end come zeros, and `whole()` is false.
class reader {
 public:
  explicit reader(byte_span bytes) : bytes_{bytes} {}

  template <class T>
  T get() {
    T value{};
    if (const auto from = take(sizeof value); !from.empty())
      std::memcpy(&value, from.data(), sizeof value);
    return value;
  }
  std::string get_text() {
    const auto from = take(get<std::uint32_t>());
    return {from.begin(), from.end()};
  }
  /// No more than could be there: a count is used before what it counts is read.
  std::uint32_t get_count() {
    const auto count = get<std::uint32_t>();
    whole_ = whole_ && count <= bytes_.size();
    return whole_ ? count : 0;
  }
  bool whole() const { return whole_; }

 private:
  byte_span take(std::size_t count) {
    whole_ = whole_ && count <= bytes_.size();
    if (!whole_)
      return {};
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }

  byte_span bytes_;
  bool whole_ = true;
};

std::vector<std::uint8_t> to_bytes(const chain_sources& sources) {
  writer out;
  out.put(static_cast<std::uint32_t>(sources.object_directories.size()));
  for (const auto& directory : sources.object_directories)
    out.put_text(directory);
  out.put(static_cast<std::uint32_t>(sources.files_seen.size()));
  for (const auto& identity : sources.files_seen)
    out.put(identity);
  out.put(static_cast<std::uint32_t>(sources.layers.size()));
  for (const auto& layer : sources.layers) {
    out.put_text(layer.path);
    out.put(layer.checksum);
    out.put(layer.commits);
    out.put(layer.identity);
  }
  return out.padded();
}

std::optional<chain_sources> to_sources(byte_span bytes) {
  reader in{bytes};
  chain_sources sources;
  for (auto left = in.get_count(); left > 0; --left)
    sources.object_directories.push_back(in.get_text());
  for (auto left = in.get_count(); left > 0; --left)
    sources.files_seen.push_back(in.get<file_identity>());
  for (auto left = in.get_count(); left > 0; --left) {
    indexed_layer layer;
    layer.path = in.get_text();
    layer.checksum = in.get<oid>();
    layer.commits = in.get<std::uint32_t>();
    layer.identity = in.get<file_identity>();
    sources.layers.push_back(std::move(layer));
  }
  if (!in.whole())
    return std::nullopt;
  return sources;
}

/// Takes a list from the front of `bytes`.
template <class T>
bool take_list(byte_span& bytes, std::uint32_t count, std::span<const T>& list) {
  const auto size = std::size_t{count} * sizeof(T);
  if (size > bytes.size())
    return false;
  list = {reinterpret_cast<const T*>(bytes.data()), count};
  bytes = bytes.subspan(size);
  return true;
}

caf::error damaged(const std::string& path, std::string_view what) {
  return make_error(ec::corrupt, path + ": " + std::string{what});
}

}  // namespace

caf::error write_chain_file(const std::string& path, const chain_sources& sources,
                            const chain_segment& chains) {
  const auto described = to_bytes(sources);
  const auto count = [](const auto& list) { return static_cast<std::uint32_t>(list.size()); };
  file_header header{magic,
                     0,
                     count(described),
                     count(chains.places),
                     count(chains.chains),
                     count(chains.merges),
                     count(chains.heights),
                     count(chains.joins),
                     count(chains.covered),
                     0};
  const auto head = bytes_of(std::span<const file_header>{&header, 1});
  std::array<byte_span, 8> parts{head.subspan(unsummed_bytes), byte_span{described},
                                 bytes_of(chains.places),      bytes_of(chains.chains),
                                 bytes_of(chains.merges),      bytes_of(chains.heights),
                                 bytes_of(chains.joins),       bytes_of(chains.covered)};
  header.checksum = checksum64(parts);
  parts[0] = head;
  return replace_file(path, parts);
}

caf::expected<kept_chains> read_chain_file(const std::string& path) {
  auto opened = mapped_file::open(path);
  if (!opened)
    return std::move(opened.error());
  const auto file = std::make_shared<const mapped_file>(std::move(*opened));
  auto rest = file->bytes();
  file_header header{};
  if (rest.size() < sizeof header)
    return damaged(path, "too short");
  std::memcpy(&header, rest.data(), sizeof header);
  if (header.magic != magic)
    return damaged(path, "made by another version or another kind of machine");
  const auto summed = rest.subspan(unsummed_bytes);
  if (header.checksum != checksum64({&summed, 1}))
    return damaged(path, "wrong checksum");
  rest = rest.subspan(sizeof header);
  if (header.sources_bytes > rest.size())
    return damaged(path, "cut short");
  auto sources = to_sources(rest.first(header.sources_bytes));
  rest = rest.subspan(header.sources_bytes);
  auto chains = std::make_shared<chain_segment>();
  const bool complete = take_list(rest, header.places, chains->places) &&
                        take_list(rest, header.chains, chains->chains) &&
                        take_list(rest, header.merges, chains->merges) &&
                        take_list(rest, header.heights, chains->heights) &&
                        take_list(rest, header.joins, chains->joins) &&
                        take_list(rest, header.covered, chains->covered);
  if (!sources || !complete || !rest.empty() || chains->chains.empty())
    return damaged(path, "the lists do not fill it");
  std::uint64_t commits = 0;
  for (const auto& layer : sources->layers)
    commits += layer.commits;
  if (commits != header.places)
    return damaged(path, "not as many commits as its sources have");
  chains->storage_bytes = file->mapped() ? 0 : file->bytes().size();
  chains->storage = file;
  return kept_chains{std::move(*sources), std::move(chains)};
}

}  // namespace headway::graph
