#include <array>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <benchmarks/fetch_decomposition/stage.hpp>
#include <benchmarks/history/dice.hpp>
#include <benchmarks/history/program_input.hpp>

namespace headway::fetch_decomposition {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t files = 1'000;
constexpr std::size_t lines_of_a_file = 60;

std::string path_of(std::size_t file) {
  return "d" + std::to_string(file / 100) + "/s" + std::to_string(file / 20 % 5) + "/f" +
         std::to_string(file);
}

/// Lines that change one at a time, so that versions of a file are alike.
class content {
 public:
  explicit content(history::dice& random) : random_{random} {
    for (auto& line : lines_)
      line = fresh();
  }
  std::string changed() {
    lines_[random_.below(lines_of_a_file)] = fresh();
    std::string text;
    for (const auto& line : lines_)
      text += line;
    return text;
  }

 private:
  std::string fresh() {
    std::string line;
    for (int i = 0; i < 6; ++i)
      line += std::to_string(random_.below(1u << 24)) + " ";
    return line + "\n";
  }

  history::dice& random_;
  std::array<std::string, lines_of_a_file> lines_;
};

std::size_t count(const test::sandbox& box, const fs::path& where, const std::string& range) {
  return std::stoul(box.git(where, {"rev-list", "--count", range}));
}

}  // namespace

stage::stage(const std::optional<fs::path>& history, std::size_t longest)
    : root_{box_ / "srv"}, server_{root_ / "server.git"} {
  fs::create_directories(root_);
  if (history) {
    git(box_.root(), {"clone", "-q", "--bare", history->string(), server_.string()});
    const auto branch = git(server_, {"symbolic-ref", "HEAD"});
    tip_ = git(server_, {"rev-parse", "HEAD"});
    git(server_, {"update-ref", "refs/heads/main", tip_});
    git(server_, {"symbolic-ref", "HEAD", "refs/heads/main"});
    // One branch: the others would have what the clone is to lack.
    std::string deletions;
    std::istringstream refs{git(server_, {"for-each-ref", "--format=delete %(refname)"})};
    for (std::string line; std::getline(refs, line);)
      if (!line.empty() && line != "delete refs/heads/main")
        deletions += line + "\n";
    box_.git(server_, {"update-ref", "--stdin"}, deletions);
  } else {
    git(box_.root(), {"init", "-q", "--bare", "-b", "main", server_.string()});
    make_history(longest + 500);
    tip_ = git(server_, {"rev-parse", "main"});
    git(server_, {"repack", "-adq"});
  }
  git(server_, {"config", "gc.auto", "0"});
  git(server_, {"commit-graph", "write", "--reachable"});
  web_ = std::make_unique<test::http_server>(box_, root_);
}

void stage::make_history(std::size_t commits) const {
  history::dice random{1};
  std::vector<content> all;
  history::program_input import{{"git", "--git-dir=" + server_.string(), "fast-import", "--quiet"}};
  auto& out = import.stream();
  const auto write = [&](std::size_t file) {
    const auto text = all[file].changed();
    out << "M 644 inline " << path_of(file) << "\ndata " << text.size() << '\n' << text << '\n';
  };
  for (std::size_t i = 0; i < files; ++i)
    all.emplace_back(random);
  for (std::size_t i = 0; i < commits; ++i) {
    out << "commit refs/heads/main\ncommitter a <a@example.org> " << 1'500'000'000 + 600 * i
        << " +0000\ndata 8\nchanged\n\n";
    if (i == 0)
      for (std::size_t file = 0; file < files; ++file)
        write(file);
    else
      for (int change = 0; change < 2; ++change)
        write(random.below(files));
  }
  import.finish();
}

std::size_t stage::prepare(std::size_t commits) {
  git(server_, {"update-ref", "refs/heads/main", tip_});
  // Merges bring more than one commit: the first parent that lacks enough.
  std::size_t low = 1;
  std::size_t high = commits;
  while (low < high) {
    const auto middle = (low + high) / 2;
    if (count(box_, server_, "main~" + std::to_string(middle) + "..main") < commits)
      low = middle + 1;
    else
      high = middle;
  }
  base_ = git(server_, {"rev-parse", "main~" + std::to_string(low)});
  git(server_, {"update-ref", "refs/heads/main", base_});
  fs::remove_all(box_ / "template");
  // By way of a pack: from a path git would copy the objects that the clone is to lack, too.
  git(box_.root(),
      {"clone", "-q", "--no-checkout", "file://" + server_.string(), (box_ / "template").string()});
  git(box_ / "template", {"config", "gc.auto", "0"});
  git(server_, {"update-ref", "refs/heads/main", tip_});
  return count(box_, server_, base_ + ".." + tip_);
}

std::string stage::url(std::chrono::milliseconds round_trip) {
  if (round_trip.count() == 0)
    return web_->url("server.git");
  auto& link = links_[round_trip];
  if (!link)
    link = std::make_unique<delayed_link>(web_->port(), round_trip);
  return "http://127.0.0.1:" + std::to_string(link->port()) + "/server.git";
}

void copy_clone(const test::sandbox& box, const fs::path& copy, const std::string& url) {
  if (test::run_program({"cp", "-al", (box / "template").string(), copy.string()}, "/").status != 0)
    throw std::runtime_error("cannot copy the clone");
  // git replaces files; what a fetch changes in place must not be shared.
  for (const auto* file : {"config", "packed-refs"}) {
    fs::copy_file(copy / ".git" / file, copy / "own");
    fs::rename(copy / "own", copy / ".git" / file);
  }
  fs::remove_all(copy / ".git" / "logs");
  box.git(copy, {"remote", "set-url", "origin", url});
}

fs::path stage::fresh_clone(std::chrono::milliseconds round_trip) {
  const auto copy = box_ / ("clone-" + std::to_string(++copies_));
  copy_clone(box_, copy, url(round_trip));
  return copy;
}

void stage::check_and_remove(const fs::path& clone) const {
  if (git(clone, {"rev-parse", "origin/main"}) != tip_ ||
      box_.try_git(clone, {"rev-list", "--objects", "--quiet", base_ + "..origin/main"}).status !=
          0)
    throw std::runtime_error("a fetch did not bring everything");
  fs::remove_all(clone);
}

}  // namespace headway::fetch_decomposition
