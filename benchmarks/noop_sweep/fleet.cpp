#include <fstream>
#include <stdexcept>

#include <benchmarks/noop_sweep/fleet.hpp>

namespace headway::noop_sweep {

namespace fs = std::filesystem;

namespace {

std::string name_of(std::size_t number) {
  return "r" + std::to_string(number) + ".git";
}

}  // namespace

std::string to_string(transport by) {
  switch (by) {
    case transport::http:
      return "http";
    case transport::https:
      return "https";
    case transport::local:
      return "local";
  }
  return {};
}

fleet::fleet(std::size_t projects, std::size_t branches)
    : root_{make_remotes(projects, branches)}, server_{box_, root_} {}

// One is made and copied: what a clone holds matters, not how it came.
fs::path fleet::make_remotes(std::size_t projects, std::size_t branches) {
  const auto root = box_ / "srv";
  fs::create_directories(root);
  const auto work = box_.init("work");
  const auto tip = box_.commit(work, "one");
  std::string updates;
  for (std::size_t i = 1; i < branches; ++i)
    updates += "create refs/heads/topic-" + std::to_string(i) + " " + tip + "\n";
  box_.git(work, {"update-ref", "--stdin"}, updates);
  box_.git(box_.root(), {"clone", "-q", "--bare", work.string(), (root / name_of(0)).string()});
  box_.git(box_.root(), {"clone", "-q", (root / name_of(0)).string(), "c0"});
  for (std::size_t i = 1; i < branches; ++i) {
    const auto branch = "topic-" + std::to_string(i);
    box_.git(box_ / "c0", {"branch", "-q", branch, "origin/" + branch});
  }
  clones_.push_back(box_ / "c0");
  for (std::size_t i = 1; i < projects; ++i) {
    fs::copy(root / name_of(0), root / name_of(i), fs::copy_options::recursive);
    clones_.push_back(box_ / ("c" + std::to_string(i)));
    fs::copy(clones_.front(), clones_.back(), fs::copy_options::recursive);
  }
  std::ofstream list{box_ / "clones"};
  for (const auto& clone : clones_)
    list << clone.string() << '\n';
  return root;
}

std::string fleet::url(std::size_t number, transport by) const {
  switch (by) {
    case transport::http:
      return server_.url(name_of(number));
    case transport::https:
      return server_.https_url(name_of(number));
    case transport::local:
      return (root_ / name_of(number)).string();
  }
  return {};
}

std::string fleet::address(transport by) const {
  return url(0, by);
}

void fleet::use(transport by) {
  for (std::size_t i = 0; i < clones_.size(); ++i) {
    box_.git(clones_[i], {"config", "remote.origin.url", url(i, by)});
    box_.git(clones_[i], {"config", "http.sslCAInfo", ca_file()});
  }
}

measure::command_cost fleet::fetch_all_by_git(unsigned at_once) const {
  auto cost = measure::run(
      {.argv = {"xargs", "-P", std::to_string(at_once), "-I{}", "git", "-C", "{}", "fetch", "-q"},
       .input = box_ / "clones"});
  if (cost.status != 0)
    throw std::runtime_error("git fetch failed: " + cost.errors);
  return cost;
}

}  // namespace headway::noop_sweep
