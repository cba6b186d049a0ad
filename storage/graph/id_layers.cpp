#include <utility>

#include <storage/graph/id_layers.hpp>

namespace headway::graph {

id_layers::id_layers(std::vector<commit_graph_file> layers) : layers_{std::move(layers)} {
  for (const auto& layer : layers_)
    layers_from_.push_back(std::exchange(size_, size_ + layer.size()));
}

std::optional<std::uint32_t> id_layers::find(const oid& commit) const noexcept {
  for (auto i = layers_.size(); i-- > 0;)
    if (const auto position = layers_[i].find(commit))
      return layers_from_[i] + *position;
  return std::nullopt;
}

void id_layers::fetch_first(const oid& commit) const noexcept {
  for (const auto& layer : layers_)
    layer.fetch_first(commit);
}

void id_layers::fetch_next(const oid& commit) const noexcept {
  for (const auto& layer : layers_)
    layer.fetch_next(commit);
}

const oid& id_layers::id(std::uint32_t position) const noexcept {
  auto layer = layers_.size() - 1;
  while (position < layers_from_[layer])
    --layer;
  return layers_[layer].id(position - layers_from_[layer]);
}

std::uint64_t id_layers::own_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const auto& layer : layers_)
    bytes += layer.own_bytes();
  return bytes;
}

std::uint64_t id_layers::mapped_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const auto& layer : layers_)
    bytes += layer.mapped_bytes();
  return bytes;
}

}  // namespace headway::graph
