/// Finds the commit-graph files of an object store: `info/commit-graph`, or the layers that
/// `info/commit-graphs/commit-graph-chain` names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <storage/graph/commit_graph_file.hpp>

namespace headway::graph {

/// Which files stand in an object directory. Two answers that are equal mean the same files.
struct file_identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  ///< 0: no such file.
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;

  friend bool operator==(const file_identity&, const file_identity&) = default;
};

/// Identities of the monolithic and the chain file of each directory, in that order.
std::vector<file_identity> identify_commit_graphs(
    const std::vector<std::string>& object_directories);

file_identity identify_file(const std::string& path);

/// Files that can be used together, and all that they say.
struct commit_graph_chain {
  std::vector<commit_graph_file> layers;  ///< Lowest first; they hold no commit twice.
  graph_rows rows;
  std::string note;  ///< Which files were refused, and why.
};

/// Takes the first object directory with a usable file, the monolithic one before the chain, as Git
/// does. The layers of a chain may lie in any of the directories: a fork stands on those of its
/// alternate. When a layer is refused, those below it are still used. `kept_layer` is the path of
/// one more, a file of our own, which goes on top if it was made for the layers below; else it is
/// out of date and passed over in silence.
commit_graph_chain open_commit_graphs(const std::vector<std::string>& object_directories,
                                      const std::string& kept_layer = {});

/// Which ids the commit-graph files of an object store list, for whoever wants to know that an id
/// is a commit and no more. Opening takes microseconds whatever their size, because it checks
/// nothing that is not looked at. Any thread may ask.
class listed_commits {
 public:
  /// Files that cannot be used list nothing; a graph that is loaded from them says what is wrong.
  static listed_commits open(const std::vector<std::string>& object_directories);

  /// As much to be believed as Git believes it: an object that was lost since is not missed.
  bool contains(const oid& id) const noexcept;

 private:
  std::vector<commit_graph_file> files_;
};

}  // namespace headway::graph
