/// Random histories of every kind, under every layout of commit-graph files and every override of
/// ancestry, while refs move and processes end: counts by walking, by index and by an index that
/// was kept on disk are the sizes of the exact set differences. HEADWAY_TRUTH_PAIRS says how many
/// pairs (default: 100,000), HEADWAY_TRUTH_SEED where the random numbers begin.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <tests/storage/graph/history.hpp>

#include <storage/graph/ahead_behind.hpp>

using namespace headway;
using namespace headway::test;

namespace {

namespace fs = std::filesystem;

enum class layout { none, full_v1, full_v2, chain, half, cut_short, chain_with_bad_layer };
enum class override_kind { none, shallow, grafts, replacements };

struct combination {
  shape form;
  dates times;
  layout files;
  override_kind kind;
};

/// All there are, in an order that mixes them.
std::vector<combination> all_combinations() {
  std::vector<combination> all;
  for (const auto form :
       {shape::linear, shape::branching, shape::criss_cross, shape::octopus, shape::many_roots})
    for (const auto times : {dates::rising, dates::equal, dates::skewed})
      for (const auto files : {layout::none, layout::full_v1, layout::full_v2, layout::chain,
                               layout::half, layout::cut_short, layout::chain_with_bad_layer})
        for (const auto kind : {override_kind::none, override_kind::shallow, override_kind::grafts,
                                override_kind::replacements})
          all.push_back({form, times, files, kind});
  std::shuffle(all.begin(), all.end(), std::mt19937{1});
  return all;
}

/// Commits with all their ancestors, a bit for each commit of the history.
class ancestor_sets {
 public:
  /// As git lists commits and parents, overrides obeyed and commit-graph files not: the one thing
  /// that is believed here.
  ancestor_sets(const sandbox& box, const fs::path& repository, const std::vector<oid>& ids) {
    std::map<std::string, std::uint32_t> numbers;
    std::string all;
    for (const auto& id : ids) {
      numbers.emplace(id.hex(), static_cast<std::uint32_t>(numbers.size()));
      all += id.hex() + "\n";
    }
    parents_.resize(ids.size());
    std::istringstream lines{
        box.git(repository,
                {"-c", "core.commitGraph=false", "-c", "advice.graftFileDeprecated=false",
                 "rev-list", "--parents", "--stdin"},
                all)};
    std::size_t listed = 0;
    for (std::string line; std::getline(lines, line); ++listed) {
      std::istringstream words{line};
      std::string commit;
      words >> commit;
      for (std::string parent; words >> parent;)
        parents_[numbers.at(commit)].push_back(numbers.at(parent));
    }
    BOOST_REQUIRE(listed == ids.size());
    sets_.resize(ids.size());
    // Numbers of parents are lower, whatever the overrides of this test say.
    for (std::uint32_t i = 0; i < ids.size(); ++i)
      collect(i);
  }

  headway::ahead_behind difference(std::uint32_t local, std::uint32_t upstream) const {
    return test::difference(sets_[local], sets_[upstream]);
  }

 private:
  void collect(std::uint32_t commit) {
    auto& mine = sets_[commit];
    mine.assign(sets_.size(), false);
    mine[commit] = true;
    for (const auto parent : parents_[commit]) {
      BOOST_REQUIRE(parent < commit);
      for (std::uint32_t i = 0; i <= parent; ++i)
        mine[i] = mine[i] || sets_[parent][i];
    }
  }

  std::vector<std::vector<std::uint32_t>> parents_;
  std::vector<std::vector<bool>> sets_;
};

/// Without templates, and objects go into one pack: hundreds of repositories are made.
fs::path empty_repository(const sandbox& box) {
  const auto path = box.init("moving", {"--template="});
  std::ofstream{path / ".git/config", std::ios::app} << "[fastimport]\n\tunpackLimit = 1\n";
  return path;
}

/// A repository of one combination, a graph that grows by its commits, and what is true of them.
class moving_history {
 public:
  moving_history(const combination& kinds, std::uint64_t seed)
      : kinds_{kinds},
        random_{seed},
        plan_{random_history(seed, kinds.form, kinds.times, 40 + below(160))},
        path_{empty_repository(box_)},
        ids_{import(box_, path_, plan_)},
        reader_{plan_, ids_},
        read_{reader_.function()} {
    write_files();
    write_overrides();
    truth_.emplace(box_, path_, ids_);
    load();
  }

  /// Moves refs, and compares `pairs` pairs on the way.
  void compare(std::size_t pairs) {
    constexpr std::size_t moves = 8;
    for (std::size_t move = 0; move < moves; ++move) {
      move_refs();
      compare_pairs(pairs * (move + 1) / moves - pairs * move / moves);
    }
    compare_with_git();
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  std::uint32_t any_commit() { return below(plan_.size()); }
  fs::path file() const { return path_ / ".git/objects/info/commit-graph"; }

  void write_full(const std::string& version) {
    box_.git(path_, {"-c", "commitGraph.generationVersion=" + version, "commit-graph", "write",
                     "--reachable"});
  }

  void write_layers() {
    for (std::uint32_t layers = 2 + below(3); layers > 0; --layers)
      box_.git(path_, {"commit-graph", "write", "--stdin-commits", "--split=no-merge"},
               ids_[any_commit()].hex() + "\n");
  }

  /// In place of the file, as Git replaces it: never in what another has mapped.
  void cut_short(const fs::path& whole) {
    const auto content = box_.read(whole);
    fs::remove(whole);
    box_.write(whole, content.substr(0, below(static_cast<std::uint32_t>(content.size()))));
  }

  void write_files() {
    switch (kinds_.files) {
      case layout::none:
        return;
      case layout::full_v1:
        return write_full("1");
      case layout::full_v2:
        return write_full("2");
      case layout::chain:
        return write_layers();
      case layout::half:
        box_.git(path_, {"commit-graph", "write", "--stdin-commits"},
                 ids_[plan_.size() / 2].hex() + "\n");
        return;
      case layout::cut_short:
        write_full("2");
        return cut_short(file());
      case layout::chain_with_bad_layer:
        write_layers();
        for (const auto& entry : fs::directory_iterator{path_ / ".git/objects/info/commit-graphs"})
          if (entry.path().extension() == ".graph")
            return cut_short(entry.path());
    }
  }

  /// Parents that overrides name come before their child, so that they cannot make a cycle.
  void write_overrides() {
    for (std::uint32_t i = 0, count = 1 + below(4); i < count; ++i) {
      const auto commit = 1 + below(plan_.size() - 1);
      switch (kinds_.kind) {
        case override_kind::none:
          break;
        case override_kind::shallow:
          overrides_.shallow.push_back(ids_[commit]);
          break;
        case override_kind::grafts:
          graft(commit);
          break;
        case override_kind::replacements:
          replace(commit);
          break;
      }
    }
    std::string lines;
    for (const auto& id : overrides_.shallow)
      lines += id.hex() + "\n";
    if (!lines.empty())
      box_.write(path_ / ".git/shallow", lines);
    lines.clear();
    for (const auto& [commit, parents] : overrides_.grafts) {
      lines += commit.hex();
      for (const auto& parent : parents)
        lines += " " + parent.hex();
      lines += "\n";
    }
    if (!lines.empty())
      box_.write(path_ / ".git/info/grafts", lines);
  }

  void graft(std::uint32_t commit) {
    for (const auto& known : overrides_.grafts)
      if (known.first == ids_[commit])
        return;
    std::vector<oid> parents;
    for (std::uint32_t i = 0, count = below(4); i < count; ++i)
      if (const auto& parent = ids_[below(commit)];
          std::find(parents.begin(), parents.end(), parent) == parents.end())
        parents.push_back(parent);
    overrides_.grafts.emplace_back(ids_[commit], std::move(parents));
  }

  void replace(std::uint32_t commit) {
    for (const auto& known : overrides_.replacements)
      if (known.first == ids_[commit])
        return;
    const auto& stand_in = ids_[below(commit)];
    box_.git(path_, {"replace", ids_[commit].hex(), stand_in.hex()});
    overrides_.replacements.emplace_back(ids_[commit], stand_in);
  }

  void load() {
    walked_ = load_graph(path_, overrides_);
    indexed_ = graph::commit_graph::index(walked_);
    kept_ = load_kept();
    asked_.clear();
  }

  graph::commit_graph_ptr load_kept() const {
    return graph::commit_graph::load({.object_directories = {(path_ / ".git/objects").string()},
                                      .overrides = overrides_,
                                      .kept_at = (box_ / "cache/moving").string()});
  }

  /// What a process keeps of its graph is all that the next one has.
  void end_process_now_and_then() {
    // Rarely: what is kept waits for the disk.
    if (below(8) != 0)
      return;
    if (kept_->wants_keeping())
      BOOST_REQUIRE(!graph::commit_graph::keep(*kept_));
    kept_ = load_kept();
  }

  /// A fetch, a rewind or a push: other tips are asked for; now and then files are written anew and
  /// the index is built anew on whatever trunk.
  void move_refs() {
    if (below(12) == 0) {
      write_files();
      load();
    }
    std::vector<oid> tips;
    for (std::uint32_t i = 0, count = 1 + below(4); i < count; ++i)
      tips.push_back(ids_[any_commit()]);
    asked_.insert(asked_.end(), tips.begin(), tips.end());
    walked_ = extended(walked_, tips);
    indexed_ = extended(indexed_, tips);
    end_process_now_and_then();
    kept_ = extended(kept_, asked_);
    if (!kept_->indexed())
      kept_ = graph::commit_graph::index(kept_);
    if (!indexed_->indexed() || below(4) == 0)
      indexed_ = graph::commit_graph::index(indexed_, any_main_tips());
  }

  std::vector<oid> any_main_tips() {
    std::vector<oid> tips;
    for (auto left = below(3); left > 0; --left)
      tips.push_back(ids_[any_commit()]);
    return tips;
  }

  graph::commit_graph_ptr extended(const graph::commit_graph_ptr& graph,
                                   const std::vector<oid>& tips) {
    auto [larger, unreachable] = graph::commit_graph::extend(graph, tips, read_);
    BOOST_REQUIRE(unreachable.empty());
    return larger;
  }

  void compare_pairs(std::size_t count) {
    std::vector<std::uint32_t> known;
    for (std::uint32_t i = 0; i < plan_.size(); ++i)
      if (walked_->find(ids_[i]))
        known.push_back(i);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> numbers;
    std::vector<tip_pair> pairs;
    for (std::size_t i = 0; i < count; ++i) {
      numbers.emplace_back(known[below(static_cast<std::uint32_t>(known.size()))],
                           known[below(static_cast<std::uint32_t>(known.size()))]);
      pairs.push_back({ids_[numbers.back().first], ids_[numbers.back().second]});
    }
    BOOST_REQUIRE(indexed_->indexed());
    BOOST_REQUIRE(!walked_->indexed());
    const auto by_walk = graph::count(*walked_, pairs);
    const auto by_index = graph::count(*indexed_, pairs);
    const auto by_kept_index = graph::count(*kept_, pairs);
    for (std::size_t i = 0; i < count; ++i) {
      const auto [local, upstream] = numbers[i];
      const auto expected = truth_->difference(local, upstream);
      BOOST_REQUIRE_MESSAGE(by_walk[i].counts == expected && by_index[i].counts == expected &&
                                by_kept_index[i].counts == expected,
                            local << " and " << upstream << ": " << to_text(by_walk[i])
                                  << " by walk, " << to_text(by_index[i]) << " by index, "
                                  << to_text(by_kept_index[i]) << " by the kept one, truth "
                                  << to_text(expected));
    }
  }

  /// The sets are right: git counts as they do. Not asked where dates are skewed, which makes a
  /// limited rev-list stop too early.
  void compare_with_git() {
    if (kinds_.times == dates::skewed)
      return;
    const auto local = any_commit();
    const auto upstream = any_commit();
    const auto counted =
        box_.git(path_, {"-c", "advice.graftFileDeprecated=false", "rev-list", "--count",
                         ids_[local].hex(), "--not", ids_[upstream].hex()});
    BOOST_REQUIRE_MESSAGE(counted == std::to_string(truth_->difference(local, upstream).ahead),
                          "git counts " << counted << " for " << local << " and " << upstream);
  }

  combination kinds_;
  std::mt19937_64 random_;
  sandbox box_;
  history plan_;
  fs::path path_;
  std::vector<oid> ids_;
  plan_reader reader_;
  graph::parent_reader read_;
  ancestry_overrides overrides_;
  std::optional<ancestor_sets> truth_;
  graph::commit_graph_ptr walked_;
  graph::commit_graph_ptr indexed_;
  graph::commit_graph_ptr kept_;  ///< Indexed, and handed from process to process on disk.
  std::vector<oid> asked_;        ///< Tips since the last load.
};

std::uint64_t asked_for(const char* name, std::uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(truth)

BOOST_AUTO_TEST_CASE(counts_are_exact_whatever_the_history_the_files_and_the_moves) {
  const auto pairs = asked_for("HEADWAY_TRUTH_PAIRS", 100'000);
  const auto first_seed = asked_for("HEADWAY_TRUTH_SEED", 1);
  const auto combinations = all_combinations();
  constexpr std::size_t pairs_a_history = 250;
  std::size_t compared = 0;
  for (std::size_t i = 0; compared < pairs || i < combinations.size(); ++i) {
    const auto& kinds = combinations[i % combinations.size()];
    const auto seed = first_seed + i;
    BOOST_TEST_CONTEXT("seed " << seed << ", shape " << static_cast<int>(kinds.form) << ", dates "
                               << static_cast<int>(kinds.times) << ", layout "
                               << static_cast<int>(kinds.files) << ", overrides "
                               << static_cast<int>(kinds.kind)) {
      moving_history{kinds, seed}.compare(pairs_a_history);
    }
    compared += pairs_a_history;
  }
  BOOST_TEST(compared >= pairs);
  std::cout << compared << " pairs, each by walk, by index and by a kept index, are exact\n";
}

BOOST_AUTO_TEST_SUITE_END()
