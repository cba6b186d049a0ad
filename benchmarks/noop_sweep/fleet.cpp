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
    case transport::git:
      return "git";
    case transport::ssh:
      return "ssh";
    case transport::local:
      return "local";
  }
  return {};
}

fleet::fleet(const fleet_size& size, std::chrono::milliseconds round_trip)
    : root_{make_remotes(size)},
      server_{box_, root_},
      daemon_{box_, root_},
      round_trip_{round_trip} {
  if (test::ssh_server::available())
    ssh_ = std::make_unique<test::ssh_server>(box_);
}

// One is made and copied: what a clone holds matters, not how it came.
fs::path fleet::make_remotes(const fleet_size& size) {
  const auto root = box_ / "srv";
  fs::create_directories(root);
  const auto work = box_.init("work");
  const auto tip = box_.commit(work, "one");
  std::string updates;
  for (std::size_t i = size.branches; i < size.refs; ++i)
    updates += "create refs/heads/else/" + std::to_string(i) + " " + tip + "\n";
  for (std::size_t i = 1; i < size.branches; ++i)
    updates += "create refs/heads/topic-" + std::to_string(i) + " " + tip + "\n";
  box_.git(work, {"update-ref", "--stdin"}, updates);
  box_.git(box_.root(), {"clone", "-q", "--bare", work.string(), (root / name_of(0)).string()});
  // What a server has that is packed: fifty thousand files a remote would measure the disk.
  box_.git(root / name_of(0), {"pack-refs", "--all"});
  box_.git(box_.root(), {"init", "-q", "c0"});
  box_.git(box_ / "c0", {"remote", "add", "origin", (root / name_of(0)).string()});
  std::vector<std::string> wanted{"config", "remote.origin.fetch"};
  wanted.emplace_back("+refs/heads/main:refs/remotes/origin/main");
  box_.git(box_ / "c0", wanted);
  if (size.branches > 1)
    box_.git(box_ / "c0", {"config", "--add", "remote.origin.fetch",
                           "+refs/heads/topic-*:refs/remotes/origin/topic-*"});
  box_.git(box_ / "c0", {"fetch", "-q"});
  box_.git(box_ / "c0", {"checkout", "-q", "-B", "main", "origin/main"});
  for (std::size_t i = 1; i < size.branches; ++i) {
    const auto branch = "topic-" + std::to_string(i);
    box_.git(box_ / "c0", {"branch", "-q", branch, "origin/" + branch});
  }
  clones_.push_back(box_ / "c0");
  for (std::size_t i = 1; i < size.projects; ++i) {
    fs::copy(root / name_of(0), root / name_of(i), fs::copy_options::recursive);
    clones_.push_back(box_ / ("c" + std::to_string(i)));
    fs::copy(clones_.front(), clones_.back(), fs::copy_options::recursive);
  }
  std::ofstream list{box_ / "clones"};
  for (const auto& clone : clones_)
    list << clone.string() << '\n';
  return root;
}

std::string fleet::url(std::size_t number, transport by) {
  switch (by) {
    case transport::http:
      return delayed(server_.url(name_of(number)));
    case transport::https:
      return delayed(server_.https_url(name_of(number)));
    case transport::git:
      return delayed(daemon_.url(name_of(number)));
    case transport::ssh:
      if (!ssh_)
        throw std::runtime_error("there is no sshd, or no shell to log in to");
      return delayed(ssh_->url(root_ / name_of(number)));
    case transport::local:
      return (root_ / name_of(number)).string();
  }
  return {};
}

std::vector<std::string> fleet::addresses(transport by) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < clones_.size(); ++i)
    result.push_back(url(i, by));
  return result;
}

// All that lies behind one port shares one relay.
std::string fleet::delayed(std::string address) {
  if (round_trip_ == std::chrono::milliseconds{0})
    return address;
  const auto begin = address.find("127.0.0.1:") + 10;
  const auto end = address.find('/', begin);
  const auto port = address.substr(begin, end - begin);
  auto& path = paths_[port];
  if (!path)
    path = std::make_unique<delayed_path>(static_cast<std::uint16_t>(std::stoi(port)), round_trip_);
  return address.replace(begin, end - begin, std::to_string(path->port()));
}

void fleet::use(transport by) {
  for (std::size_t i = 0; i < clones_.size(); ++i) {
    box_.git(clones_[i], {"config", "remote.origin.url", url(i, by)});
    box_.git(clones_[i], {"config", "http.sslCAInfo", ca_file()});
    if (by == transport::ssh)
      box_.git(clones_[i],
               {"config", "core.sshCommand", ssh_->command() + " -oStrictHostKeyChecking=no"});
  }
}

measure::command_cost fleet::fetch_all_by_git(unsigned at_once) const {
  return run_for_all({"fetch", "-q"}, at_once);
}

measure::command_cost fleet::list_all_by_git(unsigned at_once) const {
  return run_for_all({"ls-remote", "-q", "origin", "refs/heads/main", "refs/heads/topic-*"},
                     at_once);
}

measure::command_cost fleet::run_for_all(const std::vector<std::string>& git,
                                         unsigned at_once) const {
  std::vector<std::string> argv{"xargs", "-P", std::to_string(at_once), "-I{}", "git", "-C", "{}"};
  argv.insert(argv.end(), git.begin(), git.end());
  auto cost = measure::run({.argv = std::move(argv), .input = box_ / "clones"});
  if (cost.status != 0)
    throw std::runtime_error("git " + git.front() + " failed: " + cost.errors);
  return cost;
}

}  // namespace headway::noop_sweep
