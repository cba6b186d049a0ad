#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <utility>

#include <messages/error.hpp>
#include <storage/graph/chain_file.hpp>
#include <storage/graph/checksum.hpp>
#include <storage/graph/commit_graph_writer.hpp>
#include <storage/graph/kept_graph.hpp>

namespace headway::graph {

namespace {

namespace fs = std::filesystem;

std::string chains_path(const graph_source& source) {
  return source.kept_at + ".chains";
}

std::string layer_path(const graph_source& source) {
  return source.kept_at.empty() ? std::string{} : source.kept_at + ".graph";
}

// The time of an index file says when it was last used, to the day. (That of a layer must not
// change: the index knows it by its time.)
void note_use(const std::string& path) {
  std::error_code ignored;
  const auto now = fs::file_time_type::clock::now();
  const auto used = fs::last_write_time(path, ignored);
  if (!ignored && now - used > std::chrono::days{1})
    fs::last_write_time(path, now, ignored);
}

std::optional<commit_graph_file> open_indexed(const indexed_layer& layer) {
  if (identify_file(layer.path) != layer.identity)
    return std::nullopt;
  auto file = commit_graph_file::open_checked_before(layer.path);
  if (!file || file->checksum() != layer.checksum || file->size() != layer.commits)
    return std::nullopt;
  file->keep_only_ids();
  return std::move(*file);
}

/// Graph positions of a snapshot's commits: those of the clone's files, then all others in the
/// order of their ids. A layer that was kept before counts among the others: it is written anew.
class positions {
 public:
  explicit positions(const commit_graph::impl& graph) {
    if (graph.files)
      add_files(graph);
    for (const auto& layer : graph.layers)
      for (std::uint32_t i = 0; i < layer->ids.ids().size(); ++i)
        added_.emplace_back(layer->ids.ids()[i], layer->parents.first() + i);
    std::ranges::sort(added_);
    of_dense_.resize(graph.size);
    for (std::uint32_t position = 0; position < in_files_; ++position)
      of_dense_[graph.files->dense_id(position)] = position;
    for (std::uint32_t i = 0; i < added_.size(); ++i)
      of_dense_[added_[i].second] = in_files_ + i;
  }

  std::uint32_t of(std::uint32_t dense) const { return of_dense_[dense]; }

  /// Ids and dense ids of the commits that no file of the clone covers, by position.
  const std::vector<std::pair<oid, std::uint32_t>>& added() const { return added_; }

  /// The clone's files.
  const std::vector<indexed_layer>& files() const { return files_; }

 private:
  void add_files(const commit_graph::impl& graph) {
    const auto& ids = graph.files->ids();
    for (const auto& layer : ids.layers()) {
      if (in_files_ == commits_of_clone(ids, graph.origin->source))
        break;  // What follows is the layer that was kept.
      files_.push_back({layer.path(), layer.checksum(), layer.size(), identify_file(layer.path())});
      in_files_ += layer.size();
    }
    for (auto position = in_files_; position < ids.size(); ++position)
      added_.emplace_back(ids.id(position), graph.files->dense_id(position));
  }

  std::vector<indexed_layer> files_;
  std::uint32_t in_files_ = 0;
  std::vector<std::pair<oid, std::uint32_t>> added_;
  std::vector<std::uint32_t> of_dense_;
};

/// By dense id: 1 for a root, else one more than the highest of the parents'.
std::vector<std::uint32_t> levels_of(const commit_graph::impl& graph) {
  std::vector<std::uint32_t> levels(graph.size, 1);
  for (const auto* run : graph.runs())
    for (auto commit = run->first(); commit <= run->last(); ++commit)
      run->for_each_parent(commit, [&](std::uint32_t parent) {
        levels[commit] = std::max(levels[commit], levels[parent] + 1);
      });
  return levels;
}

graph_rows added_rows(const commit_graph::impl& graph, const positions& places) {
  const auto levels = levels_of(graph);
  const auto runs = graph.runs();
  graph_rows rows;
  std::uint32_t child = 0;
  for (const auto& [id, dense] : places.added()) {
    const auto run = std::ranges::lower_bound(runs, dense, {}, &parent_list::last);
    const auto first = (*run)->first_parent(dense);
    rows.levels.push_back(levels[dense]);
    rows.first_parents.push_back(first == parent_list::none ? graph_rows::no_parent
                                                            : places.of(first));
    (*run)->for_each_other_parent(dense, [&](std::uint32_t parent) {
      rows.other_parents.push_back({child, places.of(parent)});
    });
    ++child;
  }
  return rows;
}

/// Writes the commits that no file of the clone covers.
caf::expected<indexed_layer> keep_added(const commit_graph::impl& graph, const positions& places) {
  std::vector<oid> ids;
  std::vector<oid> bases;
  for (const auto& [id, dense] : places.added())
    ids.push_back(id);
  for (const auto& layer : places.files())
    bases.push_back(layer.checksum);
  const auto path = layer_path(graph.origin->source);
  const auto checksum = write_commit_graph(path, ids, added_rows(graph, places), bases);
  if (!checksum)
    return checksum.error();
  return indexed_layer{path, *checksum, static_cast<std::uint32_t>(ids.size()),
                       identify_file(path)};
}

}  // namespace

std::string kept_graph_path(const std::string& cache_directory,
                            const std::string& object_directory) {
  if (cache_directory.empty())
    return {};
  const byte_span path{reinterpret_cast<const std::uint8_t*>(object_directory.data()),
                       object_directory.size()};
  std::array<char, 17> name{};
  std::snprintf(name.data(), name.size(), "%016" PRIx64, checksum64({&path, 1}));
  return cache_directory + "/graphs/" + name.data();
}

caf::expected<std::shared_ptr<const commit_graph::impl>> open_kept_graph(
    const graph_source& source, const std::vector<file_identity>& seen) {
  const std::shared_ptr<const commit_graph::impl> nothing;
  if (source.kept_at.empty())
    return nothing;
  auto kept = read_chain_file(chains_path(source));
  if (!kept && code_of(kept.error()) != ec::not_found)
    return std::move(kept.error());
  if (!kept || kept->sources.object_directories != source.object_directories ||
      kept->sources.files_seen != seen)
    return nothing;
  std::vector<commit_graph_file> layers;
  for (const auto& indexed : kept->sources.layers) {
    auto layer = open_indexed(indexed);
    if (!layer)
      return nothing;
    layers.push_back(std::move(*layer));
  }
  note_use(chains_path(source));
  auto made = std::make_shared<commit_graph::impl>();
  made->origin = std::make_shared<const graph_origin>(source, parent_rules{{}}, seen, "");
  made->kept_ids = std::make_shared<const id_layers>(std::move(layers));
  made->size = made->kept_ids->size();
  made->index = chain_index::of(std::move(kept->chains));
  made->origin->kept = made->size;
  return std::shared_ptr<const commit_graph::impl>{std::move(made)};
}

std::shared_ptr<const commit_graph::impl> open_graph(graph_source source, parent_rules rules,
                                                     std::vector<file_identity> seen,
                                                     std::string note) {
  auto made = std::make_shared<commit_graph::impl>();
  if (!rules.empty()) {
    note = "shallow, graft or replace entries are in force: Git ignores commit-graph files then";
  } else {
    auto chain = open_commit_graphs(source.object_directories, layer_path(source));
    if (!note.empty() && !chain.note.empty())
      note += "; ";
    note += chain.note;
    made->size = chain.rows.size();
    if (made->size > 0)
      made->files = std::make_shared<const ranked_files>(std::move(chain));
  }
  made->origin = std::make_shared<const graph_origin>(std::move(source), std::move(rules),
                                                      std::move(seen), std::move(note));
  return made;
}

std::uint32_t commits_of_clone(const id_layers& ids, const graph_source& source) noexcept {
  const auto& highest = ids.layers().back();
  const bool kept = !source.kept_at.empty() && highest.path() == layer_path(source);
  return ids.size() - (kept ? highest.size() : 0);
}

commit_graph_ptr with_parents(const commit_graph_ptr& graph) {
  const auto& old = graph->state();
  const auto& source = old.origin->source;
  const auto loaded = std::make_shared<const commit_graph>(
      open_graph(source, parent_rules{{}}, identify_commit_graphs(source.object_directories)));
  std::vector<oid> added;
  for (const auto& layer : old.layers)
    added.insert(added.end(), layer->ids.ids().begin(), layer->ids.ids().end());
  const auto id_of = [&](std::uint32_t dense) {
    for (const auto& layer : old.layers)
      if (dense >= layer->parents.first() && dense <= layer->parents.last())
        return layer->ids.ids()[dense - layer->parents.first()];
    return old.kept_ids->id(dense);
  };
  const auto read = [&](const oid& commit) -> caf::expected<std::vector<oid>> {
    for (const auto& layer : old.layers)
      if (const auto number = layer->ids.find(commit)) {
        std::vector<oid> parents;
        layer->parents.for_each_parent(layer->parents.first() + *number, [&](std::uint32_t parent) {
          parents.push_back(id_of(parent));
        });
        return parents;
      }
    return make_error(ec::missing_object, commit.hex());
  };
  auto extended = commit_graph::extend(loaded, added, read);
  return extended.unreachable.empty() && extended.graph->size() >= old.size
             ? std::move(extended.graph)
             : nullptr;
}

void drop_unused_graphs(const std::string& directory, fs::file_time_type now) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{directory, ignored}) {
    auto file = entry.path();
    if (now - entry.last_write_time(ignored) <= longest_unused)
      continue;
    if (file.extension() == ".chains") {
      fs::remove(file, ignored);
      fs::remove(file.replace_extension(".graph"), ignored);
      continue;
    }
    // Of a process that was killed: one that was being written, or was written before its other.
    const auto was_to_be = file.stem().extension();
    const bool is_unfinished = was_to_be == ".chains" || was_to_be == ".graph";
    const bool is_alone = file.extension() == ".graph" &&
                          !fs::exists(fs::path{file}.replace_extension(".chains"), ignored);
    if (is_unfinished || is_alone)
      fs::remove(file, ignored);
  }
}

void drop_unused_graphs_daily(const std::string& directory, fs::file_time_type now) {
  const auto mark = fs::path{directory} / "unused-dropped";
  std::error_code never;
  const auto last = fs::last_write_time(mark, never);
  // A time to come is that of a clock which was wrong.
  if (!never && last <= now && now - last < std::chrono::days{1})
    return;
  std::ofstream{mark}.flush();
  std::error_code told_next_time;
  fs::last_write_time(mark, now, told_next_time);
  drop_unused_graphs(directory, now);
}

caf::error keep_graph(const commit_graph::impl& graph) {
  const auto& source = graph.origin->source;
  const auto directory = fs::path{source.kept_at}.parent_path();
  std::error_code told_by_the_write;
  fs::create_directories(directory, told_by_the_write);
  drop_unused_graphs_daily(directory.string(), fs::file_time_type::clock::now());
  const positions places{graph};
  auto layers = places.files();
  if (!places.added().empty()) {
    auto layer = keep_added(graph, places);
    if (!layer)
      return std::move(layer.error());
    layers.push_back(std::move(*layer));
  }
  auto chains = graph.index->lowest();
  std::vector<chain_place> by_position(graph.size);
  for (std::uint32_t dense = 0; dense < graph.size; ++dense)
    by_position[places.of(dense)] = chains.places[dense];
  chains.places = by_position;
  return write_chain_file(chains_path(source),
                          {source.object_directories, graph.origin->files_seen, std::move(layers)},
                          chains);
}

}  // namespace headway::graph
