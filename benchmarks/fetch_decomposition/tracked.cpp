#include <iostream>
#include <stdexcept>

#include <benchmarks/fetch_decomposition/ours.hpp>
#include <benchmarks/fetch_decomposition/stage.hpp>
#include <benchmarks/fetch_decomposition/tracked.hpp>
#include <benchmarks/history/program_input.hpp>
#include <benchmarks/measure/command.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

#include <tools/headway/timing_bar.hpp>

namespace headway::fetch_decomposition {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t new_commits_each = 3;
constexpr std::size_t counts_of_tracked[] = {5, 10, 30, 50, 100};

std::vector<std::string> first_branches(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i)
    names.push_back(wide_stage::name_of(i));
  return names;
}

std::vector<std::string> fetch_words(const fs::path& clone, const std::vector<std::string>& of) {
  std::vector<std::string> words{"git", "-C", clone.string(), "fetch", "-q", "origin"};
  for (const auto& name : of)
    words.push_back("+refs/heads/" + name + ":refs/remotes/origin/" + name);
  return words;
}

}  // namespace

wide_stage::wide_stage(milliseconds round_trip) : server_{box_ / "srv" / "wide.git"} {
  fs::create_directories(server_.parent_path());
  box_.git(box_.root(), {"init", "-q", "--bare", "-b", "b0", server_.string()});
  grow(5);
  box_.git(box_.root(), {"clone", "-q", "--no-checkout", "--no-hardlinks", server_.string(),
                         (box_ / "template").string()});
  box_.git(box_ / "template", {"config", "gc.auto", "0"});
  grow(new_commits_each);
  box_.git(server_, {"repack", "-adq"});
  box_.git(server_, {"config", "gc.auto", "0"});
  web_ = std::make_unique<test::http_server>(box_, server_.parent_path());
  url_ = web_->url("wide.git");
  if (round_trip.count() > 0) {
    link_ = std::make_unique<delayed_link>(web_->port(), round_trip);
    url_ = "http://127.0.0.1:" + std::to_string(link_->port()) + "/wide.git";
  }
}

/// Each commit writes a file of its own.
void wide_stage::grow(std::size_t commits_each) {
  history::program_input import{{"git", "--git-dir=" + server_.string(), "fast-import", "--quiet"}};
  auto& out = import.stream();
  for (std::size_t branch = 0; branch < branches; ++branch) {
    const auto ref = "refs/heads/" + name_of(branch);
    const bool known = box_.try_git(server_, {"rev-parse", "-q", "--verify", ref}).status == 0;
    for (std::size_t i = 0; i < commits_each; ++i) {
      const auto text = std::to_string(++commits_) + std::string(2'000, 'x');
      out << "commit " << ref << "\ncommitter a <a@example.org> " << 1'500'000'000 + commits_
          << " +0000\ndata 8\nchanged\n\n";
      if (i == 0 && known)
        out << "from " << ref << "^0\n";
      out << "M 644 inline f" << commits_ << "\ndata " << text.size() << '\n' << text << '\n';
    }
  }
  import.finish();
}

fs::path wide_stage::fresh_clone() {
  const auto copy = box_ / ("clone-" + std::to_string(++copies_));
  copy_clone(box_, copy, url_);
  return copy;
}

void wide_stage::check_and_remove(const fs::path& clone, std::size_t tracked) const {
  for (const auto& name : first_branches(tracked))
    if (box_.git(clone, {"rev-parse", "origin/" + name}) != box_.git(server_, {"rev-parse", name}))
      throw std::runtime_error("a fetch did not bring " + name);
  fs::remove_all(clone);
}

namespace {

struct wide_contest {
  wide_stage& all;
  std::size_t tracked;
  our_fetches ours{fetch_backend::native};
  remote_fetch_report last{};

  double by_git(const std::vector<std::string>& of) {
    const auto clone = all.fresh_clone();
    const auto cost = measure::run({.argv = fetch_words(clone, of)});
    if (cost.status != 0)
      throw std::runtime_error("git fetch failed: " + cost.errors);
    all.check_and_remove(clone, tracked);
    return 1e3 * measure::in_seconds(cost.wall);
  }

  double by_us() {
    const auto clone = all.fresh_clone();
    const auto cost = ours.fetch(clone, all.url(), first_branches(tracked));
    all.check_and_remove(clone, tracked);
    last = cost.report;
    return 1e3 * measure::in_seconds(cost.spent.wall);
  }
};

}  // namespace

void measure_tracked(measure::report& report, const std::vector<int>& round_trips,
                     std::size_t rounds) {
  auto& section = report.begin("Some of " + std::to_string(wide_stage::branches) +
                                   " branches are tracked, and all have moved; wall ms",
                               {"tracked", "round trip ms", "git fetch, all", "git fetch, tracked",
                                "headway, tracked", "all / tracked, git", "git all / headway"});
  for (const auto trip : round_trips) {
    wide_stage all{milliseconds{trip}};
    for (const auto tracked : counts_of_tracked) {
      wide_contest x{all, tracked};
      const auto some = first_branches(tracked);
      const std::vector<measure::contender> contenders{{"all", [&] { return x.by_git({}); }},
                                                       {"tracked", [&] { return x.by_git(some); }},
                                                       {"ours", [&] { return x.by_us(); }}};
      const auto costs = measure::run_rounds(rounds, contenders);
      std::cout << tracked << " of " << wide_stage::branches << " branches, " << trip
                << " ms away, last round:\n"
                << tools::timing_bar(x.last) << '\n';
      section.add({std::uint64_t{tracked}, static_cast<std::uint64_t>(trip),
                   measure::median(costs[0]), measure::median(costs[1]), measure::median(costs[2]),
                   measure::ratio_of(costs[0], costs[1]), measure::ratio_of(costs[0], costs[2])});
      const auto key = "." + std::to_string(tracked) + "_of_100." + std::to_string(trip) + "_ms";
      report.name("git_all_over_tracked" + key, measure::ratio_of(costs[0], costs[1]));
      report.name("git_all_over_headway" + key, measure::ratio_of(costs[0], costs[2]));
    }
  }
}

}  // namespace headway::fetch_decomposition
