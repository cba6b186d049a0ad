#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <tests/actors/scripted_parts.hpp>
#include <tests/support/caf_fixture.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/graph/graph_cache.hpp>
#include <actors/graph/graph_worker.hpp>
#include <actors/project/status_builder.hpp>
#include <actors/repo/repo_pool.hpp>
#include <actors/repo/repo_worker.hpp>
#include <storage/git/repository.hpp>
#include <storage/graph/commit_graph.hpp>

BOOST_AUTO_TEST_SUITE(graph_cache)

using namespace headway;
using namespace std::chrono_literals;

namespace {

struct work_done {
  std::size_t loads = 0;
  std::size_t counted_pairs = 0;
  std::size_t files_written = 0;
  std::size_t workers = 0;
  std::vector<std::string> loaded;  ///< The paths, in order.
  bool stuck = false;               ///< New workers take jobs and never answer.
  graph_worker_actor last;
};

/// Lets a real worker do the job, and keeps count.
class counting_worker : public actor_shell<graph_worker_actor> {
 public:
  counting_worker(caf::actor_config& config, engine_context shared, graph_worker_actor real,
                  std::shared_ptr<work_done> account)
      : actor_shell(config, "counting-worker", std::move(shared)),
        real_(std::move(real)),
        done_(std::move(account)),
        stuck_(done_->stuck) {
    ++done_->workers;
  }

  void on_exit() override {
    real_ = nullptr;
    for (auto& promise : parked_loads_)
      promise.deliver(caf::make_error(caf::sec::request_receiver_down));
  }

 protected:
  behavior_type make_behavior() override {
    return {
        [this](const load_graph_job& job) -> caf::result<loaded_graph> {
          ++done_->loads;
          done_->loaded.push_back(job.lease->location().path);
          if (!stuck_)
            return delegate(real_, job);
          parked_loads_.push_back(make_response_promise<loaded_graph>());
          return parked_loads_.back();
        },
        [this](const count_job& job) -> caf::result<count_answer> {
          done_->counted_pairs += job.pairs->size();
          return delegate(real_, job);
        },
        [this](const write_commit_graph_job& job) -> caf::result<caf::ok_atom> {
          ++done_->files_written;
          return delegate(real_, job);
        },
        [this](const keep_graph_job& job) { send(real_, job); },
    };
  }

 private:
  graph_worker_actor real_;
  std::shared_ptr<work_done> done_;
  bool stuck_;
  std::vector<caf::typed_response_promise<loaded_graph>> parked_loads_;
};

struct fixture : test::caf_fixture {
  fixture() { git::initialise_library(); }

  ~fixture() {
    done->last = nullptr;
    cache = nullptr;
    end();
  }

  void start(std::size_t workers = 2) {
    shared.others->set<repo_pool_actor>(spawn<repo_pool>(
        lease_limits{}, pool_config{}, std::size_t{1},
        [this] { return repo_worker_actor{spawn<repo_worker>()}; }, [] { return mount_table{}; }));
    cache = spawn<headway::graph_cache>(settings, workers, [this] {
      const graph_worker_actor real = spawn<graph_worker>(settings, cancel);
      done->last = spawn<counting_worker>(real, done);
      return done->last;
    });
    run();
  }

  /// A clone-like repository: `branches` branches, branch i at commit i, its upstream at commit i
  /// + 1.
  std::filesystem::path repository(const std::string& name, int branches) {
    const auto path = box.init(name);
    box.git(path, {"remote", "add", "origin", "https://example.org/x"});
    for (int i = 0; i <= branches; ++i)
      commits[name].push_back(box.commit(path, "commit " + std::to_string(i)));
    std::string updates, config;
    for (int i = 0; i < branches; ++i) {
      const auto branch = "b" + std::to_string(i);
      updates += "update refs/heads/" + branch + " " + commits[name][i] + "\n";
      updates += "update refs/remotes/origin/" + branch + " " + commits[name][i + 1] + "\n";
      config +=
          "[branch \"" + branch + "\"]\n\tremote = origin\n\tmerge = refs/heads/" + branch + "\n";
    }
    box.git(path, {"update-ref", "--stdin"}, updates);
    std::ofstream{path / ".git" / "config", std::ios::app} << config;
    return path;
  }

  /// The same, made in one go.
  std::filesystem::path large_repository(const std::string& name, int branches) {
    const auto path = box.init(name);
    box.git(path, {"remote", "add", "origin", "https://example.org/x"});
    std::string stream, config;
    for (int i = 0; i <= branches; ++i) {
      const auto branch = "b" + std::to_string(i);
      const auto mark = std::to_string(i + 1);
      stream += "commit refs/heads/" + branch + "\nmark :" + mark +
                "\ncommitter C <c@example.org> 1700000000 +0000\ndata 0\n";
      if (i > 0) {
        stream += "from :" + std::to_string(i) + "\n\nreset refs/remotes/origin/b" +
                  std::to_string(i - 1) + "\nfrom :" + mark + "\n";
        config += "[branch \"b" + std::to_string(i - 1) +
                  "\"]\n\tremote = origin\n\tmerge = refs/heads/b" + std::to_string(i - 1) + "\n";
      }
      stream += "\n";
    }
    box.git(path, {"fast-import", "--quiet"}, stream);
    std::ofstream{path / ".git" / "config", std::ios::app} << config;
    return path;
  }

  refs_snapshot_ptr refs_of(const std::filesystem::path& path) {
    const auto location = must<repository_location>(shared.others->get<repo_pool_actor>(),
                                                    locate_request{path.string()});
    const auto answer = must<read_refs_answer>(shared.others->get<repo_pool_actor>(),
                                               read_refs_request{location, {}});
    return answer.snapshot;
  }

  static count_request question(const refs_snapshot& refs) {
    return {refs.location, refs.ancestry_signature, pairs_of(refs)};
  }

  test::answer<count_answer> ask_counts(const refs_snapshot& refs) {
    return ask<count_answer>(cache, question(refs));
  }
  std::vector<pair_count> counts(const refs_snapshot& refs) {
    return *value(ask_counts(refs)).counts;
  }
  std::vector<pair_count> counts(const std::filesystem::path& path) {
    return counts(*refs_of(path));
  }

  graph_stats stats() { return must<graph_stats>(cache, stats_atom::value); }

  /// "AHEAD BEHIND" of a pair, by git.
  std::string by_git(const std::filesystem::path& path, const tip_pair& pair) {
    auto text = box.git(path, {"rev-list", "--left-right", "--count",
                               pair.local.hex() + "..." + pair.upstream.hex()});
    std::ranges::replace(text, '\t', ' ');
    return text;
  }

  void agrees_with_git(const std::filesystem::path& path) {
    const auto refs = refs_of(path);
    const auto pairs = pairs_of(*refs);
    const auto answers = counts(*refs);
    for (std::size_t i = 0; i < pairs->size(); ++i) {
      BOOST_REQUIRE_MESSAGE(answers[i].counts.has_value(), answers[i].reason);
      BOOST_TEST(std::to_string(answers[i].counts->ahead) + " " +
                     std::to_string(answers[i].counts->behind) ==
                 by_git(path, (*pairs)[i]));
    }
  }

  std::filesystem::path object_file(const std::filesystem::path& path, const std::string& id) {
    return path / ".git" / "objects" / id.substr(0, 2) / id.substr(2);
  }

  test::sandbox box;
  std::map<std::string, std::vector<std::string>> commits;
  graph_config settings;
  std::shared_ptr<git::cancellation> cancel = std::make_shared<git::cancellation>();
  std::shared_ptr<work_done> done = std::make_shared<work_done>();
  graph_cache_actor cache;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(counts_are_those_of_git, fixture) {
  start();
  const auto path = repository("a", 5);
  box.git(path, {"checkout", "-q", "b2"});
  box.commit(path, "local");
  agrees_with_git(path);
}

BOOST_FIXTURE_TEST_CASE(one_load_and_one_count_serve_however_many_ask, fixture) {
  start();
  const auto refs = refs_of(repository("a", 5));
  const auto answers =
      ask_together<count_answer>(cache, std::vector<count_request>(200, question(*refs)));
  for (const auto& answer : answers)
    BOOST_TEST(value(answer).counts->size() == 5u);
  BOOST_TEST(done->loads == 1u);
  BOOST_TEST(done->counted_pairs == 5u);
  BOOST_TEST(stats().loads == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_was_counted_is_not_counted_again, fixture) {
  start();
  const auto path = repository("a", 5);
  counts(path);
  const auto before = stats();
  counts(path);
  BOOST_TEST(stats().hits == before.hits + 5);
  BOOST_TEST(stats().misses == before.misses);
  BOOST_TEST(done->counted_pairs == 5u);
}

BOOST_FIXTURE_TEST_CASE(a_forced_push_of_ten_branches_of_a_thousand_counts_ten_and_keeps_the_rest,
                        fixture) {
  start();
  const auto path = large_repository("a", 1000);
  counts(path);
  const auto before = stats();
  BOOST_TEST(before.misses == 1000u);
  BOOST_TEST(before.pairs == 1000u);
  const auto rewritten =
      box.git(path, {"commit-tree", "refs/heads/b0^{tree}", "-p", "refs/heads/b0", "-m", "forced"});
  std::string updates;
  for (int i = 50; i < 1000; i += 100)
    updates += "update refs/remotes/origin/b" + std::to_string(i) + " " + rewritten + "\n";
  box.git(path, {"update-ref", "--stdin"}, updates);
  const auto refs = refs_of(path);
  const auto pairs = pairs_of(*refs);
  const auto answers = counts(*refs);
  BOOST_TEST(stats().misses == before.misses + 10);
  BOOST_TEST(stats().hits == before.hits + 990);
  BOOST_TEST(done->counted_pairs == 1010u);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < pairs->size(); ++i) {
    BOOST_REQUIRE(answers[i].counts.has_value());
    if ((*pairs)[i].upstream.hex() != rewritten) {
      BOOST_TEST((answers[i].counts == ahead_behind{0, 1}));
      continue;
    }
    ++moved;
    BOOST_TEST(std::to_string(answers[i].counts->ahead) + " " +
                   std::to_string(answers[i].counts->behind) ==
               by_git(path, (*pairs)[i]));
  }
  BOOST_TEST(moved == 10u);
}

BOOST_FIXTURE_TEST_CASE(over_the_budget_the_pair_unused_for_longest_goes, fixture) {
  settings.memory_budget = 4 * pair_cache::bytes_per_pair * 10;
  start();
  const auto path = repository("a", 10);
  const auto refs = refs_of(path);
  const auto all = *pairs_of(*refs);
  const auto ask_for = [&](std::vector<tip_pair> pairs) {
    auto request = question(*refs);
    request.pairs = std::make_shared<const std::vector<tip_pair>>(std::move(pairs));
    value(ask<count_answer>(cache, request));
  };
  ask_for(all);
  BOOST_TEST(stats().pairs == 10u);
  // Every other pair is used again; together they name all tips, so that no pair is dead.
  std::vector<tip_pair> used;
  std::vector<tip_pair> unused;
  for (std::size_t i = 0; i < all.size(); ++i)
    (i % 2 == 1 ? used : unused).push_back(all[i]);
  auto with_another = used;
  with_another.push_back({all[9].upstream, all[0].local});
  ask_for(with_another);
  BOOST_TEST(stats().pairs == 10u);
  BOOST_TEST(stats().evictions == 1u);
  const auto before = stats();
  ask_for(with_another);
  BOOST_TEST(stats().hits == before.hits + 6);
  ask_for(unused);
  BOOST_TEST(stats().misses == before.misses + 1);
}

BOOST_FIXTURE_TEST_CASE(pairs_go_when_none_of_their_tips_is_live, fixture) {
  start();
  const auto path = repository("a", 10);
  counts(path);
  BOOST_TEST(stats().pairs == 10u);
  for (int i = 0; i < 10; ++i) {
    const auto branch = "b" + std::to_string(i);
    box.git(path, {"update-ref", "refs/heads/" + branch, commits["a"][0]});
    box.git(path, {"update-ref", "refs/remotes/origin/" + branch, commits["a"][1]});
  }
  agrees_with_git(path);
  // All that is left names one of the two commits that branches are at now.
  BOOST_TEST(stats().evictions == 8u);
  BOOST_TEST(stats().pairs == 2u);
}

BOOST_FIXTURE_TEST_CASE(new_commits_extend_the_graph, fixture) {
  start();
  const auto path = repository("a", 3);
  counts(path);
  box.git(path, {"checkout", "-q", "b1"});
  for (int i = 0; i < 20; ++i)
    box.commit(path, "more");
  agrees_with_git(path);
  BOOST_TEST(stats().loads == 2u);
  BOOST_TEST(stats().graphs == 1u);
}

BOOST_FIXTURE_TEST_CASE(commit_graph_files_are_kept_up_when_that_is_wanted, fixture) {
  settings.write_commit_graphs = graph_config::commit_graph_upkeep::at_idle;
  start();
  const auto small = repository("small", 20);
  const auto path = repository("large", 120);
  agrees_with_git(small);
  agrees_with_git(path);
  BOOST_TEST(done->files_written == 1u);
  BOOST_TEST(std::filesystem::exists(path / ".git/objects/info/commit-graphs"));
  BOOST_TEST(!std::filesystem::exists(small / ".git/objects/info/commit-graphs"));
  // Few new commits are left to the next time.
  box.git(path, {"checkout", "-q", "b7"});
  box.commit(path, "one more");
  agrees_with_git(path);
  BOOST_TEST(done->files_written == 1u);
}

BOOST_FIXTURE_TEST_CASE(commit_graph_files_are_left_alone_unless_that_is_wanted, fixture) {
  start();
  const auto path = repository("large", 120);
  agrees_with_git(path);
  BOOST_TEST(done->files_written == 0u);
  BOOST_TEST(!std::filesystem::exists(path / ".git/objects/info/commit-graphs"));
}

BOOST_FIXTURE_TEST_CASE(a_gc_under_a_known_graph_loses_no_branch, fixture) {
  start();
  const auto path = repository("a", 30);
  counts(path);
  // The new file covers one branch only: the others come from objects again.
  box.git(path, {"commit-graph", "write", "--stdin-commits"}, commits["a"][3] + "\n");
  box.git(path, {"checkout", "-q", "b20"});
  box.commit(path, "more");
  agrees_with_git(path);
}

BOOST_FIXTURE_TEST_CASE(an_index_is_kept_for_the_next_start, fixture) {
  settings.cache_directory = (box / "cache").string();
  start();
  const auto path = repository("a", 300);
  agrees_with_git(path);
  const std::filesystem::directory_iterator kept{box / "cache/graphs"};
  BOOST_TEST(std::count_if(kept, {}, [](const auto& file) {
               return file.path().extension() == ".chains" || file.path().extension() == ".graph";
             }) == 2);
  // Another cache, as after a restart.
  cache = spawn<headway::graph_cache>(settings, std::size_t{1}, [this] {
    return graph_worker_actor{spawn<graph_worker>(settings, cancel)};
  });
  agrees_with_git(path);
  BOOST_TEST(stats().loads == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_kept_index_that_is_damaged_is_told_and_replaced, fixture) {
  settings.cache_directory = (box / "cache").string();
  std::ostringstream told;
  shared.log = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(told));
  start();
  const auto path = repository("a", 300);
  agrees_with_git(path);
  BOOST_TEST(told.str() == "");
  for (const auto& entry : std::filesystem::directory_iterator{box / "cache/graphs"})
    if (entry.path().extension() == ".chains")
      std::filesystem::resize_file(entry.path(), 1'000);
  const auto restart = [this] {
    cache = spawn<headway::graph_cache>(settings, std::size_t{1}, [this] {
      return graph_worker_actor{spawn<graph_worker>(settings, cancel)};
    });
  };
  restart();
  agrees_with_git(path);
  BOOST_TEST(told.str().find("wrong checksum") != std::string::npos);
  told.str("");
  restart();
  agrees_with_git(path);
  BOOST_TEST(told.str() == "");
}

BOOST_FIXTURE_TEST_CASE(a_forced_push_of_the_main_branch_moves_the_trunk_of_the_index, fixture) {
  start();
  const auto path = repository("a", 5);
  const auto worker = spawn<graph_worker>(settings, cancel);
  const auto load = [&](commit_graph_ptr known, const std::string& main) {
    const auto refs = refs_of(path);
    load_graph_job job;
    job.lease = must<repo_lease_ptr>(shared.others->get<repo_pool_actor>(),
                                     lease_request{refs->location, urgency::foreground, 1min});
    job.known = std::move(known);
    const auto tip = *oid::from_hex(box.git(path, {"rev-parse", main}));
    job.tips = std::make_shared<const std::vector<oid>>(1, tip);
    job.ancestry_signature = refs->ancestry_signature;
    job.main_tips = {tip};
    return must<loaded_graph>(worker, job).graph;
  };
  const auto before = load(nullptr, "refs/remotes/origin/b4");
  const auto forced =
      box.git(path, {"commit-tree", "refs/heads/b0^{tree}", "-p", "refs/heads/b0", "-m", "forced"});
  box.git(path, {"update-ref", "refs/remotes/origin/b4", forced});
  const auto after = load(before, "refs/remotes/origin/b4");
  const auto tip = *oid::from_hex(forced);
  BOOST_TEST(after->size() == before->size() + 1);
  BOOST_TEST(!after->wants_index({&tip, 1}));
  agrees_with_git(path);
}

BOOST_FIXTURE_TEST_CASE(over_the_budget_the_graph_unused_for_longest_goes, fixture) {
  settings.memory_budget = 1;
  start();
  const auto first = repository("first", 2);
  const auto second = repository("second", 2);
  agrees_with_git(first);
  BOOST_TEST(stats().graphs == 1u);
  agrees_with_git(second);
  BOOST_TEST(stats().graphs == 1u);
  BOOST_TEST(stats().pairs == 0u);
  agrees_with_git(first);
  BOOST_TEST(stats().graphs == 1u);
  BOOST_TEST(stats().loads == 3u);
}

BOOST_FIXTURE_TEST_CASE(many_stores_at_once_over_the_budget_are_all_answered, fixture) {
  settings.memory_budget = 1;
  start();
  std::vector<count_request> questions;
  for (int i = 0; i < 8; ++i)
    questions.push_back(question(*refs_of(repository("r" + std::to_string(i), 2))));
  for (const auto& answer : ask_together<count_answer>(cache, questions))
    for (const auto& count : *value(answer).counts)
      BOOST_TEST(count.counts.has_value());
}

BOOST_FIXTURE_TEST_CASE(a_deepened_clone_is_counted_anew, fixture) {
  start();
  const auto path = repository("a", 3);
  box.git(path, {"checkout", "-q", "b0"});
  counts(path);
  // A boundary in the middle makes commits 0 and 1 unreachable from those above.
  box.write(path / ".git" / "shallow", commits["a"][2] + "\n");
  BOOST_TEST(refs_of(path)->shallow);
  agrees_with_git(path);
  std::filesystem::remove(path / ".git" / "shallow");
  agrees_with_git(path);
}

BOOST_FIXTURE_TEST_CASE(a_signature_that_is_not_that_of_the_disk_is_told, fixture) {
  start();
  const auto path = repository("a", 3);
  auto stale = *refs_of(path);
  ++stale.ancestry_signature;
  BOOST_TEST((code(ask_counts(stale)) == ec::cancelled));
  agrees_with_git(path);
}

BOOST_FIXTURE_TEST_CASE(a_missing_commit_has_a_reason_and_is_asked_for_again_later, fixture) {
  // b0: 0 <- 1; main: 1 <- gap <- upstream <- local, with the gap's object taken away.
  start();
  const auto path = repository("a", 1);
  const auto gap = box.commit(path, "gap");
  const auto upstream = box.commit(path, "upstream");
  const auto local = box.commit(path, "local");
  box.git(path, {"update-ref", "refs/remotes/origin/main", upstream});
  box.git(path, {"branch", "-q", "--set-upstream-to=origin/main", "main"});
  std::filesystem::rename(object_file(path, gap), box / "kept");
  const auto refs = refs_of(path);
  const auto pairs = pairs_of(*refs);
  BOOST_REQUIRE(pairs->size() == 2u);
  const auto answers = counts(*refs);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const bool affected = (*pairs)[i].local.hex() == local;
    BOOST_TEST(answers[i].counts.has_value() == !affected);
    BOOST_TEST(answers[i].reason.empty() == !affected);
  }
  std::filesystem::rename(box / "kept", object_file(path, gap));
  agrees_with_git(path);
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_cannot_be_opened_fails_who_asks_and_nobody_else,
                        fixture) {
  start();
  const auto path = repository("a", 2);
  const auto refs = refs_of(path);
  std::filesystem::rename(path, box / "elsewhere");
  BOOST_TEST((code(ask_counts(*refs)) == ec::missing));
  agrees_with_git(repository("b", 2));
  std::filesystem::rename(box / "elsewhere", path);
  agrees_with_git(path);
}

BOOST_FIXTURE_TEST_CASE(without_a_pool_who_asks_is_told, fixture) {
  start();
  const auto refs = refs_of(repository("a", 2));
  const auto pool = shared.others->get<repo_pool_actor>();
  shared.others->set(repo_pool_actor{});
  BOOST_TEST((code(ask_counts(*refs)) == ec::shutting_down));
  shared.others->set(pool);
  BOOST_TEST(counts(*refs).size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_dies_fails_its_job_and_is_replaced, fixture) {
  done->stuck = true;
  start();
  done->stuck = false;
  const auto refs = refs_of(repository("a", 2));
  const auto answer = ask_counts(*refs);
  BOOST_TEST(!answer->has_value());
  kill(done->last);
  BOOST_TEST((code(answer) == ec::shutting_down));
  BOOST_TEST(done->workers == 3u);
  BOOST_TEST(counts(*refs).size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(what_a_person_comes_to_wait_for_goes_before_the_background, fixture) {
  const auto a = repository("a", 1);
  const auto b = repository("b", 1);
  const auto c = repository("c", 1);
  done->stuck = true;
  start(1);
  const auto ask_for = [this](const std::filesystem::path& path, urgency who) {
    auto wish = question(*refs_of(path));
    wish.who = who;
    return ask<count_answer>(cache, std::move(wish));
  };
  const auto first = ask_for(a, urgency::background);
  const auto second = ask_for(b, urgency::background);
  const auto third = ask_for(c, urgency::background);
  const auto person = ask_for(c, urgency::foreground);
  done->stuck = false;
  kill(done->last);
  BOOST_TEST(done->loaded == (std::vector<std::string>{a, c, b}), boost::test_tools::per_element());
  for (const auto& answered : {second, third, person})
    BOOST_TEST((value(answered).counts->front().counts == ahead_behind{0, 1}));
}

BOOST_FIXTURE_TEST_CASE(who_waits_when_the_cache_stops_is_answered, fixture) {
  done->stuck = true;
  start();
  const auto answer = ask_counts(*refs_of(repository("a", 2)));
  BOOST_TEST(!answer->has_value());
  kill(cache);
  BOOST_TEST((code(answer) == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(no_pairs_need_no_graph, fixture) {
  start();
  const auto path = box.init("empty");
  BOOST_TEST(counts(path).empty());
  BOOST_TEST(done->loads == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
