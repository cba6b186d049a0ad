#include <map>
#include <sstream>

#include <benchmarks/history/kernel_history.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

using namespace headway::history;
using headway::test::sandbox;

namespace {

constexpr kernel_plan small{.commits = 6'000, .seed = 3, .branches = 40};

std::string stream_of(const kernel_plan& plan) {
  std::ostringstream stream;
  write_kernel_history(plan, stream);
  return stream.str();
}

std::uint64_t count(const sandbox& box, const std::filesystem::path& repository,
                    const std::vector<std::string>& what) {
  std::vector<std::string> arguments{"rev-list", "--count"};
  arguments.insert(arguments.end(), what.begin(), what.end());
  return std::stoull(box.git(repository, arguments));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_history)

BOOST_AUTO_TEST_CASE(a_plan_is_always_the_same_history_and_another_seed_is_another) {
  auto other = small;
  other.seed = 4;
  BOOST_TEST((stream_of(small) == stream_of(small)));
  BOOST_TEST((stream_of(small) != stream_of(other)));
}

BOOST_AUTO_TEST_CASE(the_history_has_the_shape_of_that_of_linux) {
  const sandbox box;
  std::vector<std::string> told;
  const auto path = kernel_repository(box / "cache", small,
                                      [&](std::string_view what) { told.emplace_back(what); });
  BOOST_TEST(told.size() == 2u);
  const auto all = count(box, path, {"--all"});
  const auto main = count(box, path, {"main"});
  BOOST_TEST(main > small.commits * 9 / 10);
  BOOST_TEST(main < small.commits * 13 / 10);
  BOOST_TEST(all > main);
  const auto merges = static_cast<double>(count(box, path, {"--all", "--min-parents=2"}));
  BOOST_TEST(merges > 0.05 * static_cast<double>(all));
  BOOST_TEST(merges < 0.16 * static_cast<double>(all));
  BOOST_TEST(count(box, path, {"--all", "--min-parents=3"}) > 0u);
  BOOST_TEST(count(box, path, {"--all", "--max-parents=0"}) == 1u);
  BOOST_TEST(std::filesystem::exists(path / "objects/info/commit-graph"));
}

BOOST_AUTO_TEST_CASE(branches_are_all_distances_from_their_upstreams) {
  const sandbox box;
  const auto path = kernel_repository(box / "cache", small, [](std::string_view) {});
  const auto tracked = box.git(
      path, {"for-each-ref", "refs/heads/b*", "--format=%(refname) %(upstream) %(upstream:track)"});
  std::istringstream lines{tracked};
  std::size_t branches = 0;
  std::size_t in_sync = 0;
  for (std::string line; std::getline(lines, line); ++branches) {
    BOOST_TEST(line.find(" refs/remotes/origin/b") != std::string::npos);
    in_sync += line.ends_with(" ") ? 1 : 0;
  }
  BOOST_TEST(branches == small.branches);
  BOOST_TEST(in_sync >= 4u);
  BOOST_TEST(in_sync < branches / 2);
  BOOST_TEST(count(box, path, {"b0007..origin/b0007"}) > small.commits / 2);
}

BOOST_AUTO_TEST_CASE(some_clocks_are_wrong) {
  const sandbox box;
  const auto path = kernel_repository(box / "cache", small, [](std::string_view) {});
  std::istringstream lines{box.git(path, {"log", "--all", "--no-merges", "--format=%ct %P"})};
  std::istringstream dated{box.git(path, {"log", "--all", "--format=%H %ct"})};
  std::map<std::string, long long> dates;
  std::string id;
  for (long long date = 0; dated >> id >> date;)
    dates[id] = date;
  std::size_t skewed = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    const auto parent = dates.find(line.substr(space + 1));
    skewed += parent != dates.end() && std::stoll(line.substr(0, space)) < parent->second ? 1 : 0;
  }
  BOOST_TEST(skewed > dates.size() / 1'000);
  BOOST_TEST(skewed < dates.size() / 20);
}

BOOST_AUTO_TEST_CASE(a_history_is_made_once) {
  const sandbox box;
  const kernel_plan tiny{.commits = 500, .branches = 10};
  const auto first = kernel_repository(box / "cache", tiny, [](std::string_view) {});
  const auto again =
      kernel_repository(box / "cache", tiny, [](std::string_view what) { BOOST_ERROR(what); });
  BOOST_TEST(first == again);
}

BOOST_AUTO_TEST_SUITE_END()
