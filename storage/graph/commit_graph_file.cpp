#include <algorithm>
#include <cstring>

#include <messages/error.hpp>
#include <storage/graph/big_endian.hpp>
#include <storage/graph/commit_graph_file.hpp>
#include <storage/graph/commit_graph_format.hpp>

namespace headway::graph {

using namespace commit_graph_format;

namespace {

// The table of ids is used in place.
static_assert(sizeof(oid) == id_bytes && alignof(oid) == 1);

/// The four bytes of an id after the first, as a number.
std::uint32_t digits_of(const oid& commit) noexcept {
  return big_endian<std::uint32_t>(commit.bytes.data() + 1);
}

caf::error damaged(std::string what) {
  return make_error(ec::corrupt, std::move(what));
}

}  // namespace

caf::expected<commit_graph_file> commit_graph_file::open_checked_before(const std::string& path) {
  auto file = mapped_file::open(path);
  if (!file)
    return std::move(file.error());
  commit_graph_file graph;
  graph.file_ = std::move(*file);
  graph.path_ = path;
  for (auto step : {&commit_graph_file::read_header, &commit_graph_file::read_chunks,
                    &commit_graph_file::check_sizes})
    if (auto failure = (graph.*step)())
      return make_error(code_of(failure), path + ": " + detail_of(failure));
  return graph;
}

caf::expected<commit_graph_file> commit_graph_file::open(const std::string& path) {
  auto graph = open_checked_before(path);
  if (!graph)
    return graph;
  if (auto failure = graph->check_ids())
    return make_error(code_of(failure), path + ": " + detail_of(failure));
  return graph;
}

caf::error commit_graph_file::read_header() {
  const auto all = file_.bytes();
  if (all.size() < header_bytes + table_row_bytes + id_bytes)
    return damaged("too short for a commit-graph");
  if (big_endian<std::uint32_t>(all.data()) != chunk_name("CGPH"))
    return damaged("not a commit-graph (signature)");
  if (all[4] != 1)
    return damaged("commit-graph version " + std::to_string(all[4]) + " is unknown");
  if (all[5] == 2)
    return make_error(ec::unsupported_object_format, "the ids are SHA-256; only SHA-1 is read");
  if (all[5] != 1)
    return damaged("hash version " + std::to_string(all[5]) + " is unknown");
  chunk_count_ = all[6];
  base_count_ = all[7];
  std::memcpy(checksum_.bytes.data(), all.data() + all.size() - id_bytes, id_bytes);
  return {};
}

caf::error commit_graph_file::read_chunks() {
  const auto all = file_.bytes();
  const auto table_end = header_bytes + (chunk_count_ + 1) * table_row_bytes;
  if (all.size() < table_end + id_bytes)
    return damaged("the table of chunks is cut short");
  for (std::uint32_t i = 0; i < chunk_count_; ++i) {
    const auto* const row = all.data() + header_bytes + i * table_row_bytes;
    const auto id = big_endian<std::uint32_t>(row);
    const auto from = big_endian<std::uint64_t>(row + 4);
    const auto until = big_endian<std::uint64_t>(row + table_row_bytes + 4);
    if (from < table_end || until < from || until > all.size() - id_bytes)
      return damaged("chunk " + std::to_string(i) + " lies outside of the file");
    if (id == 0)
      return damaged("the table of chunks ends early");
    if (auto failure = place_chunk(id, all.subspan(from, until - from)))
      return failure;
  }
  const auto* const last = all.data() + table_end - table_row_bytes;
  if (big_endian<std::uint32_t>(last) != 0)
    return damaged("the table of chunks has no end");
  return {};
}

caf::error commit_graph_file::place_chunk(std::uint32_t id, bytes content) {
  // Dates, Bloom filters and whatever later versions of Git add decide no count.
  bytes* const place = id == chunk_name("OIDF")   ? &fanout_chunk_
                       : id == chunk_name("OIDL") ? &id_chunk_
                       : id == chunk_name("CDAT") ? &data_chunk_
                       : id == chunk_name("EDGE") ? &edge_chunk_
                       : id == chunk_name("BASE") ? &base_chunk_
                                                  : nullptr;
  if (place == nullptr)
    return {};
  if (place->data() != nullptr)
    return damaged("a chunk is there twice");
  *place = content;
  return {};
}

caf::error commit_graph_file::check_sizes() {
  if (fanout_chunk_.size() != fanout_bytes)
    return damaged("the fanout has the wrong size");
  for (std::size_t i = 0; i < 256; ++i) {
    fanout_[i + 1] = big_endian<std::uint32_t>(fanout_chunk_.data() + 4 * i);
    if (fanout_[i + 1] < fanout_[i])
      return damaged("the fanout is not in order");
  }
  size_ = fanout_[256];
  if (size_ >= no_parent_in_file || id_chunk_.size() != size_ * id_bytes)
    return damaged("the table of ids has the wrong size");
  if (data_chunk_.size() != size_ * data_row_bytes)
    return damaged("the commit data has the wrong size");
  if (edge_chunk_.size() % 4 != 0)
    return damaged("the list of edges has the wrong size");
  if (base_chunk_.size() != base_count_ * id_bytes)
    return damaged("the list of base layers has the wrong size");
  ids_ = reinterpret_cast<const oid*>(id_chunk_.data());
  return {};
}

caf::error commit_graph_file::check_ids() const {
  for (std::uint32_t i = 0; i < size_; ++i) {
    const auto first = ids_[i].bytes[0];
    if (i < fanout_[first] || i >= fanout_[first + 1u])
      return damaged("the fanout contradicts the ids");
    if (i > 0 && std::memcmp(&ids_[i - 1], &ids_[i], id_bytes) >= 0)
      return damaged("the ids are not in order");
  }
  return {};
}

std::vector<oid> commit_graph_file::base_layers() const {
  const auto* const first = reinterpret_cast<const oid*>(base_chunk_.data());
  return {first, first + base_count_};
}

/// Ids are spread evenly: interpolates by the four bytes after the first.
std::uint32_t commit_graph_file::first_guess(const oid& commit) const noexcept {
  const auto from = fanout_[commit.bytes[0]];
  const auto count = fanout_[commit.bytes[0] + 1u] - from;
  return from + static_cast<std::uint32_t>(std::uint64_t{count} * digits_of(commit) >> 32);
}

/// Corrects a guess by how far the id that stands there is off: some ids more where the first was
/// off by the square root of their number.
std::uint32_t commit_graph_file::second_guess(const oid& commit,
                                              std::uint32_t first) const noexcept {
  const std::int64_t from = fanout_[commit.bytes[0]];
  const std::int64_t until = fanout_[commit.bytes[0] + 1u];
  if (from == until)
    return first;
  const auto off = std::int64_t{digits_of(commit)} - std::int64_t{digits_of(ids_[first])};
  return static_cast<std::uint32_t>(
      std::clamp(first + ((off * (until - from)) >> 32), from, until - 1));
}

void commit_graph_file::fetch_first(const oid& commit) const noexcept {
  __builtin_prefetch(&ids_[first_guess(commit)]);
}

void commit_graph_file::fetch_next(const oid& commit) const noexcept {
  __builtin_prefetch(&ids_[second_guess(commit, first_guess(commit))]);
}

std::optional<std::uint32_t> commit_graph_file::find(const oid& commit) const noexcept {
  const auto first = commit.bytes[0];
  std::uint32_t from = fanout_[first];
  std::uint32_t until = fanout_[first + 1u];
  const auto below = [&](std::uint32_t i) { return std::memcmp(&ids_[i], &commit, id_bytes) < 0; };
  // Widens from where it most likely stands, which touches two or three cache lines where bisection
  // of the whole range touches a dozen.
  const auto guess = second_guess(commit, first_guess(commit));
  std::uint32_t step = 2;
  if (guess < until && below(guess)) {
    from = guess + 1;
    for (; from + step < until && below(from + step); step *= 2)
      from += step + 1;
    until = std::min(until, from + step + 1);
  } else {
    until = std::min(until, guess + 1);
    for (; until > from + step && !below(until - step); step *= 2)
      until -= step - 1;
    from = until > from + step ? until - step : from;
  }
  while (from < until) {
    const auto middle = from + (until - from) / 2;
    if (below(middle))
      from = middle + 1;
    else
      until = middle;
  }
  if (from < fanout_[first + 1u] && ids_[from] == commit)
    return from;
  return std::nullopt;
}

caf::error commit_graph_file::append_rows(graph_rows& rows) const {
  const auto commits_before = rows.levels.size();
  const auto edges_before = rows.other_parents.size();
  rows.levels.reserve(commits_before + size_);
  rows.first_parents.reserve(commits_before + size_);
  // The file is in the order of ids: a parent may come after its child, so levels go first.
  for (std::uint32_t i = 0; i < size_; ++i)
    rows.levels.push_back(big_endian<std::uint32_t>(row(i) + id_bytes + 8) >> 2);
  std::size_t edges_read = 0;
  for (std::uint32_t i = 0; i < size_; ++i) {
    // Parents lie anywhere: without this every row would wait for the level of its parent.
    if (const auto ahead = i + 16; ahead < size_)
      if (const auto parent = big_endian<std::uint32_t>(row(ahead) + id_bytes);
          parent < rows.levels.size())
        __builtin_prefetch(&rows.levels[parent]);
    const auto* const problem = append_row(i, rows, edges_read);
    if (problem == nullptr)
      continue;
    rows.levels.resize(commits_before);
    rows.first_parents.resize(commits_before);
    rows.other_parents.resize(edges_before);
    return damaged(path_ + ": commit " + id(i).hex() + " has " + problem);
  }
  return {};
}

const char* commit_graph_file::append_row(std::uint32_t position, graph_rows& rows,
                                          std::size_t& edges_read) const {
  const auto first = big_endian<std::uint32_t>(row(position) + id_bytes);
  const auto second = big_endian<std::uint32_t>(row(position) + id_bytes + 4);
  const auto self = static_cast<std::uint32_t>(rows.first_parents.size());
  const auto edges_before = rows.other_parents.size();
  const bool root = first == no_parent_in_file;
  if (root ? second != no_parent_in_file : first >= rows.levels.size())
    return "an invalid first parent";
  rows.first_parents.push_back(root ? graph_rows::no_parent : first);
  if (second != no_parent_in_file && (second & flag) == 0)
    rows.other_parents.push_back({self, second});
  if ((second & flag) != 0 && !append_edge_list(second & ~flag, self, rows, edges_read))
    return "an endless list of parents";
  auto highest = root ? 0 : rows.levels[first];
  for (auto i = edges_before; i < rows.other_parents.size(); ++i) {
    const auto parent = rows.other_parents[i].parent;
    if (parent >= rows.levels.size())
      return "an invalid parent";
    highest = std::max(highest, rows.levels[parent]);
  }
  // This also proves that no commit is its own ancestor.
  return rows.levels[self] == highest + 1 ? nullptr : "the wrong generation number";
}

bool commit_graph_file::append_edge_list(std::uint32_t first, std::uint32_t child, graph_rows& rows,
                                         std::size_t& edges_read) const {
  const auto count = edge_chunk_.size() / 4;
  // Each list belongs to one commit. Without that bound a forged file could make every commit read
  // the whole chunk.
  for (std::size_t i = first; i < count && edges_read < count; ++i) {
    const auto entry = big_endian<std::uint32_t>(edge_chunk_.data() + 4 * i);
    ++edges_read;
    rows.other_parents.push_back({child, entry & ~flag});
    if ((entry & flag) != 0)
      return true;
  }
  return false;
}

const std::uint8_t* commit_graph_file::row(std::uint32_t position) const noexcept {
  return data_chunk_.data() + position * data_row_bytes;
}

void commit_graph_file::keep_only_ids() {
  file_.keep_only(id_chunk_);
  id_chunk_ = file_.bytes();
  ids_ = reinterpret_cast<const oid*>(id_chunk_.data());
  fanout_chunk_ = data_chunk_ = edge_chunk_ = base_chunk_ = {};
}

std::uint64_t commit_graph_file::mapped_bytes() const noexcept {
  return file_.mapped() ? file_.bytes().size() : 0;
}

std::uint64_t commit_graph_file::own_bytes() const noexcept {
  return sizeof *this + (file_.mapped() ? 0 : file_.bytes().size());
}

}  // namespace headway::graph
