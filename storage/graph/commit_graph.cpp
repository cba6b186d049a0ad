#include <utility>

#include <messages/error.hpp>
#include <storage/graph/chain_builder.hpp>
#include <storage/graph/commit_graph.hpp>
#include <storage/graph/commit_graph_state.hpp>
#include <storage/graph/kept_graph.hpp>
#include <storage/graph/new_commits.hpp>

namespace headway::graph {

namespace {

/// Each merge that was added may cost a pair some 15 ns, so that this bounds it to a few
/// microseconds, for 30 to 50 ms of a fresh index at a million commits.
constexpr std::uint32_t most_commits_added_to_index = 4096;

// The same for a kept index: each commit that it lacks is read from the object database by every
// process anew, at 10 us each.
constexpr std::uint32_t most_commits_added_to_kept_index = 256;

// Reading fewer commits than that from objects takes a few milliseconds.
constexpr std::uint32_t least_commits_worth_keeping = 256;

/// Joins layers so that each is more than twice as long as the next: a snapshot of n commits has at
/// most log2 n layers, and each commit is copied at most log2 n times in all its life.
void add_layer(std::vector<std::shared_ptr<const graph_layer>>& layers, graph_layer added) {
  while (!layers.empty() && layers.back()->parents.size() <= 2 * added.parents.size()) {
    const auto& lower = *layers.back();
    auto ids = lower.ids.ids();
    ids.insert(ids.end(), added.ids.ids().begin(), added.ids.ids().end());
    added = {oid_table{std::move(ids)}, parent_list::join(lower.parents, added.parents)};
    layers.pop_back();
  }
  layers.push_back(std::make_shared<const graph_layer>(std::move(added)));
}

/// Whether none of the tips that are known is on the trunk or contains all of it.
bool trunk_was_left(const commit_graph::impl& graph, std::span<const oid> main_tips) {
  bool known = false;
  for (const auto& tip : main_tips)
    if (const auto commit = graph.find(tip)) {
      const auto place = graph.index->place(*commit);
      if (place.chain == 0 || graph.index->height(place) == graph.index->trunk_length())
        return false;
      known = true;
    }
  return known;
}

}  // namespace

std::optional<std::uint32_t> commit_graph::impl::find(const oid& commit) const noexcept {
  for (auto i = layers.size(); i-- > 0;)
    if (const auto number = layers[i]->ids.find(commit))
      return layers[i]->parents.first() + *number;
  if (files)
    return files->find(commit);
  return kept_ids ? kept_ids->find(commit) : std::nullopt;
}

std::vector<const parent_list*> commit_graph::impl::runs() const {
  std::vector<const parent_list*> all;
  if (files)
    all.push_back(&files->parents());
  for (const auto& layer : layers)
    all.push_back(&layer->parents);
  return all;
}

commit_graph::commit_graph(std::shared_ptr<const impl> state) : impl_{std::move(state)} {}

commit_graph_ptr commit_graph::load(graph_source source) {
  parent_rules rules{source.overrides};
  // Before the files are opened: one that is replaced meanwhile is then told to have changed.
  auto seen = identify_commit_graphs(source.object_directories);
  std::string note;
  if (rules.empty()) {
    auto kept = open_kept_graph(source, seen);
    if (kept && *kept)
      return std::make_shared<const commit_graph>(std::move(*kept));
    if (!kept)
      note = "the index that was kept is made anew: " + detail_of(kept.error());
  }
  return std::make_shared<const commit_graph>(
      open_graph(std::move(source), std::move(rules), std::move(seen), std::move(note)));
}

extension commit_graph::extend(const commit_graph_ptr& graph, std::span<const oid> tips,
                               const parent_reader& read) {
  const auto& old = graph->state();
  auto added = read_new_commits(
      old.size, tips, [&](const oid& id) { return old.find(id); }, old.origin->rules, read);
  if (added.ids.empty())
    return {graph, std::move(added.unreachable)};
  auto made = std::make_shared<impl>(old);
  const auto first = old.size;
  made->size += static_cast<std::uint32_t>(added.ids.size());
  add_layer(made->layers,
            {oid_table{std::move(added.ids)},
             parent_list{first, std::move(added.first_parents), added.other_parents}});
  if (made->index)
    made->index = chain_index::extend(*made->index, made->runs());
  return {std::make_shared<const commit_graph>(std::move(made)), std::move(added.unreachable)};
}

commit_graph_ptr commit_graph::index(const commit_graph_ptr& graph,
                                     std::span<const oid> main_tips) {
  if (graph->state().size == 0)
    return graph;
  const auto whole = graph->state().kept_ids ? with_parents(graph) : graph;
  if (!whole)
    return graph;
  const auto& old = whole->state();
  const auto runs = old.runs();
  std::vector<std::uint32_t> tips;
  for (const auto& tip : main_tips)
    if (const auto known = old.find(tip))
      tips.push_back(*known);
  auto made = std::make_shared<impl>(old);
  made->index =
      chain_index::build(runs, tips.size() == 1 ? tips.front() : tip_of_likely_trunk(runs, tips));
  // One with another trunk is worth keeping also when it covers the same commits.
  made->origin->kept = 0;
  return std::make_shared<const commit_graph>(std::move(made));
}

caf::error commit_graph::keep(const commit_graph& graph) {
  auto failure = keep_graph(graph.state());
  // Also after a failure: a disk that is full is not asked again for each request.
  graph.state().origin->kept = graph.state().size;
  return failure;
}

bool commit_graph::wants_keeping() const noexcept {
  const auto& origin = *impl_->origin;
  return !origin.source.kept_at.empty() && origin.rules.empty() && impl_->index &&
         !impl_->kept_ids && impl_->index->extended_by() == 0 &&
         impl_->size >= least_commits_worth_keeping && origin.kept != impl_->size;
}

bool commit_graph::indexed() const noexcept {
  return impl_->index != nullptr;
}

bool commit_graph::wants_index(std::span<const oid> main_tips) const noexcept {
  const auto most =
      impl_->kept_ids ? most_commits_added_to_kept_index : most_commits_added_to_index;
  return impl_->size > 0 &&
         (!impl_->index || impl_->index->extended_by() > most || trunk_was_left(*impl_, main_tips));
}

std::optional<std::uint32_t> commit_graph::find(const oid& commit) const noexcept {
  return impl_->find(commit);
}

std::size_t commit_graph::size() const noexcept {
  return impl_->size;
}

std::uint64_t commit_graph::own_bytes() const noexcept {
  std::uint64_t bytes = sizeof(impl) + (impl_->files ? impl_->files->own_bytes() : 0) +
                        (impl_->kept_ids ? impl_->kept_ids->own_bytes() : 0);
  for (const auto& layer : impl_->layers)
    bytes += sizeof(graph_layer) + layer->ids.own_bytes() + layer->parents.own_bytes();
  return bytes + (impl_->index ? impl_->index->own_bytes() : 0);
}

std::uint64_t commit_graph::memory_bytes() const noexcept {
  return own_bytes() + (impl_->files ? impl_->files->mapped_bytes() : 0) +
         (impl_->kept_ids ? impl_->kept_ids->mapped_bytes() : 0);
}

const std::string& commit_graph::note() const noexcept {
  return impl_->origin->note;
}

std::uint64_t commit_graph::ancestry_signature() const noexcept {
  return impl_->origin->source.ancestry_signature;
}

std::uint32_t commit_graph::beyond_files() const noexcept {
  if (!impl_->origin->rules.empty())
    return 0;
  const auto* const ids = impl_->file_ids();
  return impl_->size - (ids != nullptr ? commits_of_clone(*ids, impl_->origin->source) : 0);
}

bool commit_graph::files_changed() const noexcept {
  const auto& origin = *impl_->origin;
  return origin.rules.empty() &&
         identify_commit_graphs(origin.source.object_directories) != origin.files_seen;
}

}  // namespace headway::graph
