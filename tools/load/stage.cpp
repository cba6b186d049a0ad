#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include <boost/json.hpp>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <tools/client/documents.hpp>
#include <tools/load/node_list.hpp>
#include <tools/load/stage.hpp>
#include <tools/load/truth.hpp>

namespace headway::load {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::minutes patience_for_first_looks{15};
/// Below 2 GiB nothing is fetched, which is to begin only when the disk is filled; that takes as
/// much memory as long as it lasts.
constexpr const char* size_of_small_disk = "size=2304m";
constexpr int attempts_at_truth = 5;
constexpr milliseconds patience_for_children{300};
constexpr milliseconds patience_for_hogs{10'000};
/// A remote that is being looked at has no due time; no look at a host that is well takes longer.
constexpr std::chrono::seconds patience_for_due_times{5};

bool fills_disk(const scenario& plan) {
  return std::ranges::any_of(
      plan.events, [](const event_plan& event) { return event.what == event_kind::disk_full; });
}

/// Nothing happens to it, and it is not slow on purpose.
bool stays_healthy(const scenario& plan, std::uint32_t host) {
  return std::ranges::none_of(plan.events, [&](const event_plan& event) {
    return (event.what == event_kind::host_down || event.what == event_kind::host_slow) &&
           event.host == plan.hosts[host].name;
  });
}

std::string status_target(const std::string& id) {
  return "/projects/" + tools::encode_segment(id) + "/sync-status";
}

std::map<std::string, listed_project> projects_by_id(tools::http_client& node) {
  std::map<std::string, listed_project> result;
  for (auto& project : list_projects(node)) {
    auto id = project.id;
    result.emplace(std::move(id), std::move(project));
  }
  return result;
}

void pause(milliseconds time) {
  ::poll(nullptr, 0, static_cast<int>(time.count()));
}

/// Of all databases in `folder`.
std::uint64_t size_of_logs(const fs::path& folder) {
  std::uint64_t sum = 0;
  std::error_code gone;
  for (fs::directory_iterator at{folder, gone}, end; !gone && at != end; at.increment(gone))
    if (std::error_code none; at->path().string().ends_with("-wal"))
      if (const auto size = at->file_size(none); !none)
        sum += size;
  return sum;
}

/// "127.0.0.1" and 8420 of "http://127.0.0.1:8420".
std::pair<std::string, std::uint16_t> place_of(const std::string& url) {
  const auto begin = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  const auto colon = url.rfind(':');
  if (colon == std::string::npos || colon < begin)
    return {url.substr(begin), 80};
  return {url.substr(begin, colon - begin),
          static_cast<std::uint16_t>(std::strtoul(url.c_str() + colon + 1, nullptr, 10))};
}

}  // namespace

stage::stage(const scenario& plan, const stage_options& options, const tell_progress& tell)
    : plan_{plan}, options_{options} {
  folder_ = options_.cache / "runs" / (plan.name + "-" + std::to_string(::getpid()));
  fs::remove_all(folder_);
  fs::create_directories(folder_ / "node");
  std::vector<template_size> sizes;
  for (const auto& group : plan.projects)
    sizes.push_back(group.of);
  templates_.emplace(options_.cache, sizes, tell);
  std::vector<transport> wanted;
  for (const auto& host : plan.hosts)
    wanted.push_back(host.by);
  fs::create_directories(folder_ / "remotes");
  servers_ = std::make_unique<remote_servers>(wanted, folder_ / "remotes", folder_ / "servers",
                                              plan.server_niceness);
  std::vector<fault_proxy::endpoint> hosts;
  for (const auto& host : plan.hosts)
    hosts.push_back({servers_->port(host.by), host.link});
  proxy_ = std::make_unique<fault_proxy>(hosts, plan.seed);
  projects_ = make_projects(
      plan, *templates_, folder_,
      [this](const project_fixture& project) -> remote_address {
        const auto by = plan_.hosts[project.host].by;
        return {servers_->url(by, proxy_->address(project.host), proxy_->port(project.host),
                              project.bare),
                servers_->settings(by)};
      },
      tell);
  if (fills_disk(plan)) {
    if (::mount("tmpfs", (folder_ / "node").c_str(), "tmpfs", 0, size_of_small_disk) != 0)
      throw std::runtime_error("disk_full needs a small file system, which only root can make");
    disk_of_its_own_ = true;
  }
}

stage::~stage() {
  try {
    close();
  } catch (const std::exception&) {
    // Somebody else's node has gone away: there is nobody left to tidy up for.
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string stage::url() const {
  return node_ ? node_->url() : options_.node_url;
}

std::string stage::node_address() const {
  return place_of(url()).first;
}

std::uint16_t stage::node_port() const {
  return place_of(url()).second;
}

tools::http_client stage::connect() const {
  auto client = tools::http_client::connect_to(url());
  if (!client)
    throw std::runtime_error(describe(client.error()));
  return std::move(*client);
}

void stage::open(const tell_progress& tell) {
  if (options_.node_url.empty()) {
    node_ = std::make_unique<node_process>(options_.program, folder_ / "node", plan_);
    node_pid_ = node_->pid();
  }
  stagehands_client_.emplace(connect());
  observers_client_.emplace(connect());
  register_projects(tell);
  await_first_looks(tell);
}

void stage::register_projects(const tell_progress& tell) {
  std::vector<tools::http_call> calls;
  for (const auto& project : projects_)
    if (!project.spare)
      calls.push_back({.method = "POST",
                       .target = "/projects",
                       .body = tools::add_request_json(project.clone.string())});
  auto client = connect();
  const auto answers = client.perform(calls, [&](std::size_t done) {
    tell("registering projects", done, calls.size());
    return tools::pace::go_on;
  });
  for (const auto& answer : answers) {
    if (!answer)
      throw std::runtime_error("the node does not answer: " + describe(answer.error()));
    const auto added = tools::parse_project(answer->body);
    if (answer->status != 201 || !added)
      throw std::runtime_error("the node refuses a project: " +
                               describe(tools::problem_in(*answer)));
    ids_.push_back(added->id.slug);
  }
}

/// Until every project has a document, and, with background fetches, its remote has been seen.
void stage::await_first_looks(const tell_progress& tell) {
  auto client = connect();
  const auto end = steady_clock::now() + patience_for_first_looks;
  const bool fetches = !plan_.storm_only;
  for (;;) {
    const auto list = list_projects(client);
    std::size_t ready = 0;
    for (const auto& project : list)
      ready += project.has_document && (!fetches || project.last_fetch || project.state == "error")
                   ? 1
                   : 0;
    tell("waiting for first looks", ready, list.size());
    if (ready == list.size())
      break;
    if (steady_clock::now() > end)
      throw std::runtime_error("only " + std::to_string(ready) + " of " +
                               std::to_string(list.size()) + " projects were looked at in time");
    pause(milliseconds{200});
  }
  if (fetches)
    return;
  // A first document of each, so that the run begins with warm graphs.
  std::vector<tools::http_call> calls;
  for (const auto& id : ids_)
    calls.push_back({.target = status_target(id)});
  connect().perform(calls, [&](std::size_t done) {
    tell("first documents", done, calls.size());
    return tools::pace::go_on;
  });
}

std::vector<std::string> stage::spare_paths() const {
  std::vector<std::string> paths;
  for (const auto& project : projects_)
    if (project.spare)
      paths.push_back(project.clone.string());
  return paths;
}

metric_values stage::metrics() {
  const auto answer = connect().perform(tools::http_call{.target = "/metrics"});
  return answer && answer->status == 200 ? parse_metrics(answer->body) : metric_values{};
}

std::vector<std::string> stage::change(const planned_change& what) {
  const auto& project = projects_[what.project];
  const auto moved = changes_.apply(what, project);
  if (moved.empty())
    return {};
  const auto answer =
      stagehands_client_->perform(tools::http_call{.target = status_target(ids_[what.project])});
  // A node that is down at the moment shows nothing wrong.
  const auto told = answer && answer->status == 200 ? truth_in(answer->body) : std::nullopt;
  std::vector<std::string> wrong;
  if (told)
    for (const auto& [branch, oid] : moved)
      if (const auto found = told->find(branch); found == told->end() || found->second.local != oid)
        wrong.push_back(project.name + " " + branch + ": committed " + oid.substr(0, 12) +
                        ", and the next answer did not show it");
  return wrong;
}

std::string stage::fill_disk() {
  std::ofstream filler{folder_ / "node" / "filler", std::ios::binary};
  const std::vector<char> piece(1 << 20, 'x');
  while (filler.write(piece.data(), static_cast<std::streamsize>(piece.size())))
    filler.flush();
  return "no byte is free";
}

std::string stage::kill_node() {
  node_pid_ = 0;
  node_->kill();
  restarts_.push_back(node_->start());
  node_pid_ = node_->pid();
  return "ready again after " + std::to_string(restarts_.back().count()) + " ms";
}

/// As soon as there is one.
std::string stage::kill_child() {
  for (const auto end = steady_clock::now() + patience_for_children; steady_clock::now() < end;) {
    if (const auto children = children_of(node_pid_); !children.empty()) {
      ::kill(children.back(), SIGKILL);
      return "killed " + std::to_string(children.back());
    }
    pause(milliseconds{1});
  }
  return "the node ran none";
}

std::string stage::start_hogs(const event_plan& event) {
  for (std::uint64_t i = 0; i < event.processes; ++i) {
    const auto file = (folder_ / ("hog-" + std::to_string(i))).string();
    const auto work = event.what == event_kind::cpu_hog
                          ? "while :; do :; done"
                          : "while :; do dd if=/dev/zero of=" + file +
                                " bs=1M count=16 conv=fsync 2> /dev/null; done";
    // They end by themselves when nobody is left to end them.
    const auto longest = std::chrono::ceil<std::chrono::seconds>(
        event.lasts.value_or(plan_.duration) + patience_for_hogs);
    hogs_[event.what].push_back(std::make_unique<child>(
        std::vector<std::string>{"timeout", std::to_string(longest.count()), "sh", "-c", work},
        std::vector<std::pair<std::string, std::string>>{}, folder_ / "hog.log"));
  }
  return std::to_string(event.processes) + " processes";
}

std::string stage::begin(const event_plan& event) {
  const auto host = static_cast<std::size_t>(
      std::ranges::find(plan_.hosts, event.host, &host_plan::name) - plan_.hosts.begin());
  switch (event.what) {
    case event_kind::host_down:
      proxy_->fail(host, event.how);
      return event.host + ": " + std::string{failure_names[static_cast<std::size_t>(event.how)]};
    case event_kind::host_slow:
      proxy_->set_link(host, event.link);
      return event.host;
    case event_kind::kill_server:
      return servers_->kill_next();
    case event_kind::changes:
      return {};
    default:
      break;
  }
  if (event.what == event_kind::cpu_hog || event.what == event_kind::disk_hog)
    return start_hogs(event);
  if (!node_)
    return "left out: the node is not the harness's";
  switch (event.what) {
    case event_kind::storm:
      node_->set_background(fetch_config::background_mode::on);
      return "background fetches on";
    case event_kind::kill_node:
      return kill_node();
    case event_kind::kill_child:
      return kill_child();
    case event_kind::disk_full:
      return fill_disk();
    case event_kind::clock_step:
      node_->step_clock(event.step);
      return {};
    default:
      return {};
  }
}

std::string stage::end(const event_plan& event) {
  const auto host = static_cast<std::size_t>(
      std::ranges::find(plan_.hosts, event.host, &host_plan::name) - plan_.hosts.begin());
  switch (event.what) {
    case event_kind::host_down:
      proxy_->fail(host, host_failure::none);
      break;
    case event_kind::host_slow:
      proxy_->set_link(host, plan_.hosts[host].link);
      break;
    case event_kind::storm:
      if (node_)
        node_->set_background(fetch_config::background_mode::off);
      break;
    case event_kind::disk_full:
      fs::remove(folder_ / "node" / "filler");
      break;
    case event_kind::cpu_hog:
    case event_kind::disk_hog:
      hogs_.erase(event.what);
      break;
    default:
      break;
  }
  return {};
}

node_sample stage::observe(microseconds at) {
  auto sample = watch_.take(at, node_pid_);
  if (node_)
    sample.wal_bytes = static_cast<double>(size_of_logs(node_->data()));
  if (const auto answer = observers_client_->perform(tools::http_call{.target = "/scheduler"});
      answer && answer->status == 200) {
    read_scheduler(answer->body, sample);
    sample.up = true;
  }
  return sample;
}

verification stage::verify(const ledger& book, const tell_progress& tell) {
  verification result;
  // First: comparing with git takes what the machine has.
  compare_freshness(result);
  auto client = connect();
  git_truth git{options_.cache / "counts-by-git"};
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    tell("comparing with git", i, ids_.size());
    std::vector<std::string> wrong;
    // A fetch that ends between the two looks moves refs; a wrong answer stays wrong.
    for (int attempt = 0; attempt < attempts_at_truth; ++attempt) {
      const auto expected = git.of(projects_[i]);
      const auto answer = client.perform(tools::http_call{.target = status_target(ids_[i])});
      const auto told = answer && answer->status == 200 ? truth_in(answer->body) : std::nullopt;
      wrong = told ? differences(projects_[i].name, expected, *told)
                   : std::vector<std::string>{projects_[i].name + ": " +
                                              (answer ? "status " + std::to_string(answer->status)
                                                      : describe(answer.error()))};
      if (wrong.empty()) {
        result.branches += expected.size();
        break;
      }
    }
    ++result.projects;
    result.wrong.insert(result.wrong.end(), wrong.begin(), wrong.end());
  }
  compare_list(book, result);
  return result;
}

/// What was acknowledged must be listed.
void stage::compare_list(const ledger& book, verification& to) const {
  auto client = connect();
  const auto known = projects_by_id(client);
  std::set<std::string> expected{ids_.begin(), ids_.end()};
  expected.insert(book.added.begin(), book.added.end());
  for (const auto& id : expected)
    if (!known.contains(id))
      to.lost.push_back(id + ": registered, and not there");
  for (const auto& [id, project] : known)
    if (book.removed.contains(project.path))
      to.lost.push_back(id + ": removed, and still there");
}

/// What can be looked at must have been, lately.
void stage::compare_freshness(verification& to) const {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < ids_.size(); ++i)
    if (stays_healthy(plan_, projects_[i].host))
      open.push_back(i);
  to.healthy = open.size();
  auto client = connect();
  for (const auto end = steady_clock::now() + patience_for_due_times;;) {
    const auto known = projects_by_id(client);
    const auto now = wall_clock::now();
    std::erase_if(open, [&](std::size_t i) {
      const auto line = known.find(ids_[i]);
      if (line == known.end())
        return true;
      const auto& [last, due] = std::pair{line->second.last_fetch, line->second.next_due};
      if (last && due && now > *last + (*due - *last) * 3 / 2)
        to.late.push_back(projects_[i].name + ": overdue");
      return last && due;
    });
    if (open.empty() || steady_clock::now() > end)
      break;
    pause(milliseconds{100});
  }
  for (const auto i : open)
    to.late.push_back(projects_[i].name + ": not looked at, or for too long");
}

bool stage::stop_node() {
  const bool stopped = !node_ || node_->stop();
  node_.reset();
  return stopped;
}

inspection stage::inspect(const tell_progress& tell) {
  inspection result;
  if (!node_)
    return result;
  if (!stop_node())
    result.debris.push_back("the node did not stop in time");
  for (std::size_t i = 0; i < projects_.size(); ++i) {
    tell("looking for debris", i, projects_.size());
    const auto& project = projects_[i];
    for (const auto& entry : fs::recursive_directory_iterator{project.clone / ".git"}) {
      const auto name = entry.path().filename().string();
      if (name.ends_with(".lock") || name.starts_with("tmp_") || name.starts_with("incoming-") ||
          name.starts_with("headway-"))
        result.debris.push_back(project.name + ": " + entry.path().string());
    }
    const auto checked = run({"git", "-C", project.clone.string(), "fsck", "--connectivity-only",
                              "--no-dangling", "--no-progress"});
    if (checked.status != 0)
      result.debris.push_back(project.name + ": git fsck: " + checked.errors);
    ++result.clones;
  }
  return result;
}

std::vector<std::string> stage::close() {
  std::vector<std::string> troubles;
  hogs_.clear();
  if (!node_ && !options_.node_url.empty() && !ids_.empty()) {
    // Somebody else's node goes on without what was only there for the run.
    std::vector<tools::http_call> calls;
    for (const auto& id : ids_)
      calls.push_back({.method = "DELETE", .target = "/projects/" + tools::encode_segment(id)});
    connect().perform(calls, [](std::size_t) { return tools::pace::go_on; });
    ids_.clear();
  }
  if (!stop_node())
    troubles.push_back("the node did not stop in time");
  servers_.reset();
  if (disk_of_its_own_)
    ::umount2((folder_ / "node").c_str(), MNT_DETACH);
  disk_of_its_own_ = false;
  return troubles;
}

}  // namespace headway::load
