#include <algorithm>

#include <tests/simulation/world.hpp>

namespace headway::simulation {

namespace {

// Those of the guide that servers of git and proxies before them are known to answer with.
constexpr std::array statuses{400L, 401L, 403L, 404L, 407L, 408L, 410L,
                              425L, 429L, 500L, 502L, 503L, 504L};

std::string local_ref(const std::string& branch) {
  return "refs/heads/" + branch;
}

std::string short_of(const std::string& ref) {
  return ref.substr(std::string{"refs/heads/"}.size());
}

}  // namespace

const char* to_string(fault kind) noexcept {
  static constexpr const char* names[] = {"sick hosts",
                                          "refs move while read",
                                          "slow reads",
                                          "failing reads",
                                          "slow disk",
                                          "lost repositories",
                                          "missing objects",
                                          "failing graphs",
                                          "grafts",
                                          "failing fetches",
                                          "stubborn children",
                                          "clinging grandchildren",
                                          "dying workers",
                                          "dying parts",
                                          "crashes",
                                          "wall jumps",
                                          "suspends",
                                          "bad disk",
                                          "damaged database",
                                          "pressure",
                                          "slow machine"};
  static_assert(std::size(names) == faults);
  return names[std::size_t(kind)];
}

const char* to_string(sickness how) noexcept {
  static constexpr const char* names[] = {"is well", "hangs",   "trickles", "resets",
                                          "refuses", "prompts", "redirects"};
  return names[std::size_t(how)];
}

void ref_log::set(const std::string& name, std::optional<oid> tip, moment now) {
  auto& values = values_[name];
  if (!values.empty() && values.back().tip == tip)
    return;
  values.push_back({now, tip});
  changes_.push_back(now);
  last_change_ = now;
  if (moved)
    moved(name);
}

std::optional<oid> ref_log::at(const std::string& name, moment when) const {
  const auto it = values_.find(name);
  if (it == values_.end())
    return std::nullopt;
  std::optional<oid> result;
  for (const auto& value : it->second)
    if (value.since <= when)
      result = value.tip;
  return result;
}

std::optional<oid> ref_log::now(const std::string& name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::nullopt : it->second.back().tip;
}

std::vector<std::optional<oid>> ref_log::values(const std::string& name, moment from,
                                                moment to) const {
  // At the beginning of a millisecond it may still have been as before it.
  std::vector<std::optional<oid>> result{at(name, from - moment{1})};
  if (const auto it = values_.find(name); it != values_.end())
    for (const auto& value : it->second)
      if (value.since >= from && value.since <= to)
        result.push_back(value.tip);
  return result;
}

bool ref_log::was(const std::string& name, const std::optional<oid>& value, moment from,
                  moment to) const {
  const auto all = values(name, from, to);
  return std::ranges::find(all, value) != all.end();
}

std::vector<std::string> ref_log::names() const {
  std::vector<std::string> result;
  for (const auto& [name, values] : values_)
    result.push_back(name);
  return result;
}

std::uint64_t ref_log::version_at(moment when) const {
  return std::uint64_t(std::ranges::upper_bound(changes_, when) - changes_.begin());
}

world::world(std::uint64_t seed, dice& source) : chance(source) {
  // Few faults at a time find more than all of them at once; every eighth run has none, and some
  // have a slow disk alone, in which nothing else may excuse who waits for another.
  for (auto& enabled : enabled_)
    enabled = seed % 8 != 0 && chance.one_in(3);
  // The damage shows when the node starts again.
  if (ever(fault::damaged_database))
    enabled_[std::size_t(fault::crashes)] = true;
  if (seed % 16 == 4) {
    enabled_.fill(false);
    enabled_[std::size_t(fault::slow_disk)] = true;
  }
  hears = hearing(chance.below(3));
  if (chance.one_in(3))
    patterns = {"refs/heads/r*"};
  const auto many_hosts = 2 + chance.below(3);
  for (std::uint64_t i = 0; i < many_hosts; ++i)
    hosts.push_back({.key = "https://h" + std::to_string(i) + ".example:443",
                     .sturdy = i == 0,
                     .by_git = chance.one_in(4)});
  const auto many_remotes = 2 + chance.below(5);
  for (std::uint64_t i = 0; i < many_remotes; ++i) {
    remote_repository made;
    made.at = chance.below(hosts.size());
    made.url = "https://h" + std::to_string(made.at) + ".example/r" + std::to_string(i);
    const auto root = commits.commit({});
    for (const auto* branch : {"a1", "a2", "b1", "b2"})
      made.refs.set(local_ref(branch), next_commit(root), now_);
    remotes.push_back(std::move(made));
  }
  const auto many_stores = 2 + chance.below(5);
  for (std::uint64_t i = 0; i < many_stores; ++i) {
    object_store made;
    made.common_dir = "/src/p" + std::to_string(i) + "/.git";
    made.remotes.emplace_back("origin", chance.below(remotes.size()));
    if (chance.one_in(2))
      made.remotes.emplace_back("backup", chance.below(remotes.size()));
    for (const auto& [name, at] : made.remotes) {
      const std::string letter = name == "origin" ? "a" : "b";
      for (const auto* number : {"1", "2"}) {
        const auto branch = letter + number;
        const auto tip = remotes[at].refs.now(local_ref(branch));
        made.refs.set("refs/remotes/" + name + "/" + branch, tip, now_);
        made.refs.set(local_ref(branch), tip, now_);
      }
    }
    stores.push_back(std::move(made));
    clones.push_back({.path = "/src/p" + std::to_string(i), .store = i, .head = "a1"});
    // Two work trees ask at different moments for one ancestry that changes.
    if (chance.one_in(3) || ever(fault::grafts))
      clones.push_back(
          {.path = "/src/w" + std::to_string(i), .store = i, .linked = true, .head = "a2"});
  }
  for (auto& one : clones)
    one.slow = one.store % 2 == 1;
  for (auto& store : stores)
    store.refs.moved = [this, &store](const std::string& ref) {
      if (moved)
        moved(store.common_dir, ref);
    };
}

wall_time world::wall() const {
  return wall_time{std::chrono::seconds{1'700'000'000}} + now_ + wall_shift_;
}

void world::calm() {
  active_ = false;
  for (auto& one : hosts)
    one.now = sickness::well;
  for (auto& one : clones)
    one.lost = false;
}

oid world::next_commit(const std::optional<oid>& on) {
  auto tip = commits.commit(on ? std::vector{*on} : std::vector<oid>{});
  for (auto more = chance.below(3); more > 0; --more)
    tip = commits.commit({tip});
  return tip;
}

std::string world::happen() {
  if (has(fault::grafts) && chance.one_in(5))
    return change_graft();
  switch (chance.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return push();
    case 5:
      return commit_in(chance.pick(stores));
    case 6:
      return move_branch();
    case 7:
      return fetch_by_hand();
    case 8:
    case 9:
      return change_weather();
    case 10:
      return lose_or_find();
    default:
      return change_graft();
  }
}

std::string world::push() {
  auto& remote = chance.pick(remotes);
  const auto branches = remote.refs.names();
  auto ref = branches[chance.below(branches.size())];
  if (!patterns.empty() && chance.one_in(4))
    ref = local_ref(chance.one_in(2) ? "r1" : "r2");
  const auto before = remote.refs.now(ref);
  if (before && chance.one_in(12)) {
    remote.refs.set(ref, std::nullopt, now_);
    return "somebody deletes " + ref + " of " + remote.url;
  }
  // Now and then the history is rewritten.
  const auto parents = before ? *commits.parents(*before, {}) : std::vector<oid>{};
  const auto on = chance.one_in(6) && !parents.empty() ? std::optional{parents[0]} : before;
  const auto start = on || chance.one_in(2) ? on : remote.refs.now(local_ref("a1"));
  remote.refs.set(ref, next_commit(start), now_);
  return "somebody pushes " + ref + " to " + remote.url;
}

std::string world::commit_in(object_store& store) {
  std::string branch = store.remotes.size() > 1 && chance.one_in(2) ? "b" : "a";
  branch += std::to_string(1 + chance.below(4));
  const auto ref = local_ref(branch);
  const auto tip = store.refs.now(ref);
  store.refs.set(ref, next_commit(tip ? tip : store.refs.now(local_ref("a1"))), now_);
  return "a commit on " + branch + " in " + store.common_dir;
}

std::string world::move_branch() {
  auto& store = chance.pick(stores);
  std::string branch = store.remotes.size() > 1 && chance.one_in(2) ? "b" : "a";
  branch += std::to_string(1 + chance.below(3));
  const auto up = upstream(store, branch);
  const auto theirs = up ? store.refs.now(up->tracking_ref) : std::nullopt;
  const auto ours = store.refs.now(local_ref(branch));
  if (chance.one_in(6) && branch != "a1" && branch != "a2") {
    store.refs.set(local_ref(branch), std::nullopt, now_);
    return branch + " is deleted in " + store.common_dir;
  }
  if (!theirs)
    return {};
  const bool merge = ours && chance.one_in(2);
  store.refs.set(local_ref(branch), merge ? commits.commit({*ours, *theirs}) : *theirs, now_);
  return branch + (merge ? " merges" : " is reset to") + " its upstream in " + store.common_dir;
}

std::string world::fetch_by_hand() {
  auto& store = chance.pick(stores);
  const auto& [name, at] = chance.pick(store.remotes);
  for (const auto& ref : remotes[at].refs.names())
    if (const auto tip = remotes[at].refs.now(ref))
      store.refs.set("refs/remotes/" + name + "/" + short_of(ref), tip, now_);
  return "the user fetches " + name + " in " + store.common_dir;
}

std::string world::change_weather() {
  auto& one = chance.pick(hosts);
  if (!has(fault::sick_hosts) || one.sturdy)
    return {};
  one.now = chance.one_in(3)   ? sickness::well
            : chance.one_in(2) ? sickness::refuses
                               : sickness(chance.below(7));
  one.status = chance.pick(statuses);
  one.names_pause = chance.one_in(2);
  auto news = one.key + " " + to_string(one.now);
  if (one.now == sickness::refuses)
    news.append(" with ").append(std::to_string(one.status));
  return news;
}

std::string world::lose_or_find() {
  auto& one = chance.pick(clones);
  if (!has(fault::lost_repositories))
    return {};
  one.lost = !one.lost;
  return one.path + (one.lost ? " is gone" : " is back");
}

std::string world::change_graft() {
  auto& store = chance.pick(stores);
  if (!has(fault::grafts))
    return {};
  const auto tip = store.refs.now(local_ref("a1"));
  const bool cut = tip && chance.one_in(2);
  store.refs.set(graft_name, cut ? tip : std::nullopt, now_);
  return cut ? "a graft in " + store.common_dir : "no graft in " + store.common_dir;
}

clone& world::at_path(const std::string& path) {
  return *std::ranges::find(clones, path, &clone::path);
}

const clone* world::find(const std::string& path) const {
  const auto it = std::ranges::find(clones, path, &clone::path);
  return it == clones.end() ? nullptr : &*it;
}

object_store* world::store_at(const std::string& common_dir) {
  const auto it = std::ranges::find(stores, common_dir, &object_store::common_dir);
  return it == stores.end() ? nullptr : &*it;
}

const object_store* world::store_at(const std::string& common_dir) const {
  return const_cast<world*>(this)->store_at(common_dir);
}

remote_repository& world::remote_of(const std::string& common_dir, const std::string& name) {
  const auto& remotes_here = store_at(common_dir)->remotes;
  const auto it =
      std::ranges::find_if(remotes_here, [&](const auto& r) { return r.first == name; });
  return remotes.at(it->second);
}

host& world::host_of(const std::string& key) {
  return *std::ranges::find(hosts, key, &host::key);
}

repository_location world::location(const clone& one) const {
  const auto& common = stores[one.store].common_dir;
  return {one.path, one.linked ? common + "/worktrees/w" : common, common, false};
}

std::optional<followed> world::upstream(const object_store& in, const std::string& branch) const {
  const std::string remote = branch[0] == 'a' ? "origin" : "backup";
  const auto known =
      std::ranges::any_of(in.remotes, [&](const auto& r) { return r.first == remote; });
  // "a4" follows nothing.
  if (!known || branch[1] == '4')
    return std::nullopt;
  return followed{remote, local_ref(branch), "refs/remotes/" + remote + "/" + branch};
}

std::optional<oid> world::graft_at(const object_store& in, moment when) const {
  return in.refs.at(graft_name, when);
}

std::uint64_t world::signature(const std::optional<oid>& graft) {
  return graft ? std::hash<oid>{}(*graft) : 0;
}

refs_snapshot world::snapshot(const clone& of, moment from, moment to) {
  auto& store = store_of(of);
  const auto value = [&](const std::string& name) {
    return store.refs.at(name, chance.between(from, to));
  };
  refs_snapshot result;
  result.location = location(of);
  result.ancestry_signature = signature(value(graft_name));
  for (const auto& [name, at] : store.remotes) {
    const auto& remote = remotes[at];
    result.remotes.push_back(
        {name, remote.url, hosts[remote.at].key, {"+refs/heads/*:refs/remotes/" + name + "/*"}});
  }
  for (const auto& name : store.refs.names()) {
    if (!name.starts_with("refs/heads/"))
      continue;
    const auto tip = value(name);
    if (!tip)
      continue;
    local_branch branch;
    branch.name = short_of(name);
    branch.tip = tip;
    branch.head = branch.name == of.head;
    if (const auto up = upstream(store, branch.name))
      branch.upstream = upstream_ref{up->remote, up->merge_ref, up->tracking_ref,
                                     up->remote + "/" + branch.name, value(up->tracking_ref)};
    result.branches.push_back(std::move(branch));
  }
  result.patterns.of_remote = patterns;
  if (!patterns.empty())
    for (const auto& [name, at] : store.remotes)
      for (const auto& ref : store.refs.names())
        if (const auto home = "refs/remotes/" + name + "/"; ref.starts_with(home + "r"))
          if (const auto tip = value(ref))
            result.matched.emplace_back(name,
                                        tracked_ref{local_ref(ref.substr(home.size())), ref, tip});
  // A change that shortly before the look began could carry the time stamp of one after it.
  const auto version = store.refs.version_at(from);
  const bool racy = version != store.refs.version_at(from - milliseconds{10});
  result.fingerprint = {0, version + 1, racy};
  return result;
}

advertised_refs world::advertised(const remote_repository& remote, moment when) {
  advertised_refs result;
  for (const auto& ref : remote.refs.names())
    if (const auto tip = remote.refs.at(ref, when))
      result.emplace(ref, *tip);
  return result;
}

bool world::lies_on_slow_disk(const std::string& common_dir) const {
  return std::ranges::any_of(clones, [&](const clone& one) {
    return one.slow && stores[one.store].common_dir == common_dir;
  });
}

std::string world::mounts() const {
  std::string result = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
  for (const auto& one : clones)
    if (one.slow)
      result += "21 20 8:17 / " + one.path + " rw - ext4 /dev/sdb1 rw\n";
  return result;
}

}  // namespace headway::simulation
