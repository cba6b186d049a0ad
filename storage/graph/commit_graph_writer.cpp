#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include <storage/graph/big_endian.hpp>
#include <storage/graph/checksum.hpp>
#include <storage/graph/commit_graph_format.hpp>
#include <storage/graph/commit_graph_writer.hpp>
#include <storage/graph/written_file.hpp>

namespace headway::graph {

using namespace commit_graph_format;

namespace {

/// The file in memory: it is written at once, and its checksum needs all of it.
class encoder {
 public:
  encoder(std::span<const oid> ids, const graph_rows& rows, std::span<const oid> bases)
      : ids_{ids}, rows_{rows}, bases_{bases} {}

  std::vector<std::uint8_t> encode();

 private:
  void encode_rows();
  void put_table();
  void put_fanout();
  oid checksum() const;

  std::span<const oid> ids_;
  const graph_rows& rows_;
  std::span<const oid> bases_;
  std::vector<std::uint8_t> data_;
  std::vector<std::uint8_t> edges_;
  std::vector<std::uint8_t> bytes_;
};

std::vector<std::uint8_t> encoder::encode() {
  encode_rows();
  put_table();
  put_fanout();
  for (const auto part : {bytes_of(ids_), byte_span{data_}, byte_span{edges_}, bytes_of(bases_)})
    bytes_.insert(bytes_.end(), part.begin(), part.end());
  const auto trailer = checksum();
  bytes_.insert(bytes_.end(), trailer.bytes.begin(), trailer.bytes.end());
  return std::move(bytes_);
}

void encoder::encode_rows() {
  data_.reserve(ids_.size() * data_row_bytes);
  auto other = rows_.other_parents.begin();
  for (std::uint32_t i = 0; i < ids_.size(); ++i) {
    data_.resize(data_.size() + id_bytes);
    const auto first = rows_.first_parents[i];
    append_big_endian(data_, first == graph_rows::no_parent ? no_parent_in_file : first);
    const auto end = std::find_if(other, rows_.other_parents.end(),
                                  [i](const auto& edge) { return edge.child != i; });
    if (other == end)
      append_big_endian(data_, no_parent_in_file);
    else if (end - other == 1)
      append_big_endian(data_, other->parent);
    else
      append_big_endian(data_, static_cast<std::uint32_t>(edges_.size() / 4) | flag);
    if (end - other > 1)
      for (auto edge = other; edge != end; ++edge)
        append_big_endian(edges_, edge->parent | (edge + 1 == end ? flag : 0));
    other = end;
    append_big_endian(data_, std::uint64_t{rows_.levels[i]} << 34);
  }
}

void encoder::put_table() {
  struct chunk {
    std::uint32_t name;
    std::size_t size;
  };
  const std::array chunks{
      chunk{chunk_name("OIDF"), fanout_bytes}, chunk{chunk_name("OIDL"), ids_.size_bytes()},
      chunk{chunk_name("CDAT"), data_.size()}, chunk{chunk_name("EDGE"), edges_.size()},
      chunk{chunk_name("BASE"), bases_.size_bytes()}};
  append_big_endian(bytes_, chunk_name("CGPH"));
  bytes_.insert(bytes_.end(), {1, 1, chunks.size(), static_cast<std::uint8_t>(bases_.size())});
  std::uint64_t offset = header_bytes + (chunks.size() + 1) * table_row_bytes;
  for (const auto& [name, size] : chunks) {
    append_big_endian(bytes_, name);
    append_big_endian(bytes_, offset);
    offset += size;
  }
  append_big_endian(bytes_, std::uint32_t{0});
  append_big_endian(bytes_, offset);
}

void encoder::put_fanout() {
  auto next = ids_.begin();
  for (int first = 0; first < 256; ++first) {
    while (next != ids_.end() && next->bytes[0] == first)
      ++next;
    append_big_endian(bytes_, static_cast<std::uint32_t>(next - ids_.begin()));
  }
}

oid encoder::checksum() const {
  const auto sum = checksum128(bytes_);
  oid id;
  static_assert(sum.size() < id_bytes);
  std::ranges::copy(sum, id.bytes.begin());
  return id;
}

}  // namespace

caf::expected<oid> write_commit_graph(const std::string& path, std::span<const oid> ids,
                                      const graph_rows& rows, std::span<const oid> bases) {
  const auto bytes = encoder{ids, rows, bases}.encode();
  const std::array parts{byte_span{bytes}};
  if (auto failure = replace_file(path, parts))
    return failure;
  oid trailer;
  std::memcpy(trailer.bytes.data(), bytes.data() + bytes.size() - id_bytes, id_bytes);
  return trailer;
}

}  // namespace headway::graph
