/// The pool over many repositories and many rounds. Sizes grow on request; tests/README.md says
/// how.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <boost/test/unit_test.hpp>
#include <tests/support/caf_fixture.hpp>
#include <tests/support/sandbox.hpp>
#include <unistd.h>

#include <actors/repo/repo_pool.hpp>
#include <actors/repo/repo_worker.hpp>
#include <storage/git/repository.hpp>

BOOST_AUTO_TEST_SUITE(repo_pool_soak)

using namespace headway;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

std::size_t wanted(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::size_t>(std::atoll(text));
}

/// Resident memory of this process.
std::size_t bytes_in_use() {
  std::ifstream pages{"/proc/self/statm"};
  std::size_t all = 0;
  std::size_t resident = 0;
  pages >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// AddressSanitizer keeps what was freed, and looks for leaks itself.
constexpr bool memory_can_be_measured =
#ifdef __SANITIZE_ADDRESS__
    false;
#else
    true;
#endif

std::size_t descriptors_in_use() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator{"/proc/self/fd"}, fs::directory_iterator{}));
}

struct fixture : test::caf_fixture {
  fixture() { git::initialise_library(); }
  ~fixture() {
    pool = nullptr;
    end();
  }

  void start() {
    pool = spawn<headway::repo_pool>(
        limits, pool_config{}, std::size_t{2},
        [this] { return repo_worker_actor{spawn<repo_worker>()}; }, mount_table::of_this_process);
    run();
  }

  /// Copies of one clone whose configuration holds what libgit2 loses memory on: format version 1,
  /// and entries that match no look-up of its own.
  void make(std::size_t count) {
    const auto origin = box.init("origin");
    box.commit(origin, "first");
    const auto first = box / "clone";
    box.git(box.root(), {"clone", "-q", origin.string(), first.string()});
    box.git(first, {"config", "core.repositoryformatversion", "1"});
    for (int i = 0; i < 11; ++i)
      box.git(first, {"config", "alias.nothing" + std::to_string(i), "status"});
    box.git(first, {"gc", "-q"});
    for (std::size_t i = 0; i < count; ++i) {
      const auto path = box / ("r" + std::to_string(i));
      fs::copy(first, path, fs::copy_options::recursive);
      all.push_back(must<repository_location>(pool, locate_request{path.string()}));
    }
  }

  void read(const repository_location& where) {
    const auto answer = must<read_refs_answer>(pool, read_refs_request{where, {}});
    BOOST_REQUIRE(answer.snapshot->branches.size() == 1u);
    BOOST_REQUIRE(answer.snapshot->branches[0].upstream.has_value());
  }

  pool_stats stats() { return must<pool_stats>(pool, stats_atom::value); }

  test::sandbox box;
  lease_limits limits;
  std::vector<repository_location> all;
  repo_pool_actor pool;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(opening_again_and_again_takes_no_more_memory, fixture) {
  const auto repositories = wanted("HEADWAY_POOL_REPOSITORIES", 50);
  const auto rounds = wanted("HEADWAY_POOL_ROUNDS", 20);
  // None is still open when its turn comes again.
  limits.handles = repositories / 2;
  start();
  make(repositories);
  const auto round = [&] {
    for (const auto& where : all)
      read(where);
  };
  round();
  round();
  const auto before = bytes_in_use();
  for (std::size_t i = 0; i < rounds; ++i)
    round();
  const auto after = bytes_in_use();
  BOOST_TEST_MESSAGE("in use before: " << before << " bytes, after: " << after);
  BOOST_TEST((!memory_can_be_measured || after <= before + (1u << 20)));
  BOOST_TEST(stats().misses >= repositories * rounds);
}

BOOST_FIXTURE_TEST_CASE(a_random_walk_stays_within_every_budget, fixture) {
  const auto repositories = wanted("HEADWAY_POOL_REPOSITORIES", 300);
  const auto requests = wanted("HEADWAY_POOL_REQUESTS", 3'000);
  limits.memory_bytes = 256ull << 20;
  limits.file_descriptors = 200;
  start();
  make(repositories);
  const auto bytes_before = bytes_in_use();
  const auto descriptors_before = descriptors_in_use();
  std::mt19937_64 random{1};
  for (std::size_t i = 0; i < requests; ++i) {
    read(all[random() % all.size()]);
    if (i % 100 != 0)
      continue;
    BOOST_TEST(stats().memory_bytes <= limits.memory_bytes);
    BOOST_TEST(stats().file_descriptors <= limits.file_descriptors);
    BOOST_TEST(descriptors_in_use() <= descriptors_before + limits.file_descriptors);
    BOOST_TEST((!memory_can_be_measured ||
                bytes_in_use() <= bytes_before + limits.memory_bytes / 10 * 11));
  }
  BOOST_TEST_MESSAGE(stats().open << " open, " << stats().evictions << " evicted, "
                                  << descriptors_in_use() - descriptors_before << " descriptors, "
                                  << bytes_in_use() - bytes_before << " bytes");
  BOOST_TEST(stats().evictions > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
