#include <algorithm>
#include <string_view>

#include <sys/stat.h>

#include <messages/error.hpp>
#include <storage/graph/commit_graph_chain.hpp>

namespace headway::graph {

namespace {

constexpr std::uint32_t most_commits = 0x70000000;  // Positions from there on mean something else.

std::string monolithic_path(const std::string& directory) {
  return directory + "/info/commit-graph";
}

std::string chain_path(const std::string& directory) {
  return directory + "/info/commit-graphs/commit-graph-chain";
}

std::string layer_path(const std::string& directory, const oid& layer) {
  return directory + "/info/commit-graphs/graph-" + layer.hex() + ".graph";
}

void add_note(std::string& note, const caf::error& reason) {
  if (!note.empty())
    note += "; ";
  note += detail_of(reason);
}

bool is_absent(const caf::error& reason) {
  return code_of(reason) == ec::not_found;
}

/// Both are in the order of ids, so that the look-ups move through the other file once.
const oid* first_commit_in_both(const commit_graph_file& layer,
                                const std::vector<commit_graph_file>& below) {
  for (const auto& other : below)
    for (std::uint32_t i = 0; i < layer.size(); ++i)
      if (other.find(layer.id(i)))
        return &layer.id(i);
  return nullptr;
}

caf::error stack(commit_graph_file layer, commit_graph_chain& chain) {
  const auto bases = layer.base_layers();
  const auto same = [](const oid& base, const commit_graph_file& file) {
    return base == file.checksum();
  };
  if (!std::equal(bases.begin(), bases.end(), chain.layers.begin(), chain.layers.end(), same))
    return make_error(ec::corrupt, "commit-graph " + layer.checksum().hex() +
                                       " stands on other layers than those below it");
  if (layer.size() >= most_commits - chain.rows.size())
    return make_error(ec::corrupt, "the commit-graph chain holds too many commits");
  if (const auto* twice = first_commit_in_both(layer, chain.layers))
    return make_error(ec::corrupt, "commit " + twice->hex() + " is in two commit-graph layers");
  if (auto failure = layer.append_rows(chain.rows))
    return failure;
  layer.keep_only_ids();
  chain.layers.push_back(std::move(layer));
  return {};
}

void open_monolithic(const std::string& directory, commit_graph_chain& chain) {
  auto file = commit_graph_file::open(monolithic_path(directory));
  auto failure = file ? stack(std::move(*file), chain) : file.error();
  if (failure && !is_absent(failure))
    add_note(chain.note, failure);
}

caf::expected<std::vector<oid>> read_chain_file(const std::string& directory) {
  const auto path = chain_path(directory);
  auto file = mapped_file::open(path);
  if (!file)
    return std::move(file.error());
  const auto bytes = file->bytes();
  std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  std::vector<oid> layers;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto id = oid::from_hex(line);
    if (!id)
      return make_error(
          ec::corrupt, path + ": line " + std::to_string(layers.size() + 1) + " is not a SHA-1 id");
    layers.push_back(*id);
  }
  return layers;
}

caf::expected<commit_graph_file> open_layer(const std::vector<std::string>& directories,
                                            const oid& name) {
  caf::error failure =
      make_error(ec::not_found, "commit-graph layer " + name.hex() + " is missing");
  for (const auto& directory : directories) {
    auto file = commit_graph_file::open(layer_path(directory, name));
    if (file && file->checksum() == name)
      return file;
    if (file)
      failure = make_error(ec::corrupt, layer_path(directory, name) + ": the file is another's");
    else if (!is_absent(file.error()))
      failure = std::move(file.error());
  }
  return failure;
}

void open_chain(const std::string& directory, const std::vector<std::string>& directories,
                commit_graph_chain& chain) {
  const auto names = read_chain_file(directory);
  if (!names) {
    if (!is_absent(names.error()))
      add_note(chain.note, names.error());
    return;
  }
  for (const auto& name : *names) {
    auto file = open_layer(directories, name);
    auto failure = file ? stack(std::move(*file), chain) : file.error();
    if (!failure)
      continue;
    add_note(chain.note, failure);
    return;
  }
}

void open_kept_layer(const std::string& path, commit_graph_chain& chain) {
  auto layer = commit_graph_file::open(path);
  if (layer)
    stack(std::move(*layer), chain);
  else if (!is_absent(layer.error()))
    add_note(chain.note, layer.error());
}

}  // namespace

file_identity identify_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return {};
  return {status.st_dev, status.st_ino, status.st_size,
          status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

std::vector<file_identity> identify_commit_graphs(
    const std::vector<std::string>& object_directories) {
  std::vector<file_identity> identities;
  for (const auto& directory : object_directories) {
    identities.push_back(identify_file(monolithic_path(directory)));
    identities.push_back(identify_file(chain_path(directory)));
  }
  return identities;
}

commit_graph_chain open_commit_graphs(const std::vector<std::string>& object_directories,
                                      const std::string& kept_layer) {
  commit_graph_chain chain;
  for (const auto& directory : object_directories) {
    open_monolithic(directory, chain);
    if (chain.layers.empty())
      open_chain(directory, object_directories, chain);
    if (!chain.layers.empty())
      break;
  }
  if (!kept_layer.empty())
    open_kept_layer(kept_layer, chain);
  return chain;
}

listed_commits listed_commits::open(const std::vector<std::string>& object_directories) {
  listed_commits result;
  const auto add = [&](const std::string& path) {
    if (auto file = commit_graph_file::open_checked_before(path))
      result.files_.push_back(std::move(*file));
  };
  for (const auto& directory : object_directories) {
    add(monolithic_path(directory));
    if (const auto layers = read_chain_file(directory))
      for (const auto& layer : *layers)
        add(layer_path(directory, layer));
  }
  return result;
}

bool listed_commits::contains(const oid& id) const noexcept {
  return std::ranges::any_of(files_, [&](const auto& file) { return file.find(id).has_value(); });
}

}  // namespace headway::graph
