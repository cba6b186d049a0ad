/// A repository to count in, with its whole history in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <messages/graph.hpp>
#include <messages/ids.hpp>
#include <messages/repo.hpp>
#include <storage/git/repository.hpp>
#include <storage/graph/commit_graph.hpp>

namespace headway::graph_queries {

/// One thread at a time.
class subject {
 public:
  /// Reads all commits by `git rev-list --parents --all`. Throws when that is not possible.
  explicit subject(const std::filesystem::path& path);

  const std::string& name() const noexcept { return name_; }
  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path objects() const { return location_.object_store(); }

  /// As git lists them, newest dates first.
  const std::vector<oid>& commits() const noexcept { return commits_; }
  const std::vector<std::uint32_t>& parents(std::uint32_t commit) const { return parents_[commit]; }
  std::uint32_t number(const oid& commit) const { return numbers_.at(commit); }

  /// Where HEAD is.
  const oid& main_tip() const noexcept { return main_tip_; }
  /// Tips of all branches and tags, each once.
  const std::vector<oid>& tips() const noexcept { return tips_; }
  /// Branches with their upstreams, as the configuration pairs them.
  const std::vector<tip_pair>& branches() const noexcept { return branches_; }

  graph::graph_source source() const;
  /// Reads parents through libgit2, as the engine does. Valid while this object is.
  graph::parent_reader object_reader() const;
  /// Knows them from the list: what is measured with it is the graph alone.
  graph::parent_reader list_reader() const;

  /// Sizes of the two differences of the sets of ancestors, by the list: the definition. Takes
  /// milliseconds.
  ahead_behind truth(const tip_pair& pair) const;

 private:
  void read_commits();
  void read_refs();

  std::filesystem::path path_;
  std::string name_;
  repository_location location_;
  std::unique_ptr<git::repository> repository_;
  std::vector<oid> commits_;
  std::vector<std::vector<std::uint32_t>> parents_;
  std::unordered_map<oid, std::uint32_t> numbers_;
  oid main_tip_;
  std::vector<oid> tips_;
  std::vector<tip_pair> branches_;
};

}  // namespace headway::graph_queries
