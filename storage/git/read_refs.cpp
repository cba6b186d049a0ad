// One look at everything that the status of a clone needs.
#include <algorithm>
#include <set>

#include <messages/error.hpp>
#include <storage/git/overrides.hpp>
#include <storage/git/prefetch_refs.hpp>
#include <storage/git/ref_name.hpp>
#include <storage/git/repository.hpp>
#include <storage/git/repository_impl.hpp>
#include <storage/git/upstream.hpp>

namespace headway::git {

namespace {

constexpr std::string_view heads = "refs/heads/";

class reading {
 public:
  reading(const settings& configured, ref_store& refs, object_reader& objects,
          const std::unordered_set<oid>& known, const known_commit& is_commit,
          branch_patterns patterns)
      : configured_{configured},
        refs_{refs},
        objects_{objects},
        known_{known},
        is_commit_{is_commit},
        patterns_{std::move(patterns)},
        upstreams_{configured, refs} {}

  caf::error run(refs_snapshot& out) {
    for (const auto& name : refs_.names(heads))
      if (auto branch = branch_of(name))
        out.branches.push_back(std::move(*branch));
    if (auto error = head(out))
      return error;
    out.remotes = upstreams_.remotes();
    out.remote_heads = upstreams_.remote_heads();
    for (auto& [remote, ref] : out.remote_heads) {
      ref.tip = tracked(ref.tracking_ref).id;
      use_own(ref.tracking_ref);
    }
    if (!patterns_.empty())
      match(out);
    out.patterns = std::move(patterns_);
    out.partial = is_partial();
    return {};
  }

  /// Of this reading, to be `known` in the next.
  std::unordered_set<oid> commits() && { return std::move(commits_); }

 private:
  object_reader::peeled peel(const oid& id) {
    if (known_.contains(id) || commits_.contains(id) || (is_commit_ && is_commit_(id))) {
      commits_.insert(id);
      return {.commit = id};
    }
    auto result = objects_.peel(id);
    if (result.commit == id)
      commits_.insert(id);
    return result;
  }

  std::optional<local_branch> branch_of(const std::string& name) {
    local_branch result{.name = name.substr(heads.size())};
    const auto ref = refs_.resolve(name);
    if (!is_valid_ref_name(name))
      result.problem = "has a name that Git does not accept";
    else if (!ref.problem.empty())
      result.problem = ref.problem;
    else if (!ref.id && ref.name == name)
      return std::nullopt;  // Deleted since the names were listed.
    else if (!ref.id)
      result.problem = "points to " + ref.name + ", which does not exist";
    else
      set_tip(result, *ref.id);
    set_upstream(result);
    return result;
  }

  void set_tip(local_branch& branch, const oid& id) {
    auto tip = peel(id);
    branch.tip = tip.commit;
    branch.problem = std::move(tip.problem);
  }

  void set_upstream(local_branch& branch) {
    branch.upstream = upstreams_.of(branch.name);
    if (!branch.upstream || branch.upstream->tracking_ref.empty())
      return;
    const auto ref = branch.upstream->remote == "." ? refs_.resolve(branch.upstream->tracking_ref)
                                                    : tracked(branch.upstream->tracking_ref);
    auto problem = ref.problem;
    if (ref.id) {
      auto tip = peel(*ref.id);
      // An id that is no commit still says that the ref is there: it is not "gone".
      branch.upstream->tip = tip.commit ? tip.commit : ref.id;
      problem = std::move(tip.problem);
    }
    if (branch.problem.empty() && !problem.empty())
      branch.problem = "has an upstream, " + branch.upstream->tracking_ref + ", that " + problem;
    if (branch.upstream->remote != ".")
      use_own(branch.upstream->tracking_ref);
  }

  // Where a remote's branch is, as far as is known here.
  resolved_ref tracked(const std::string& tracking_ref) {
    if (patterns_.home == upstream_source::prefetch) {
      const auto own = prefetch_ref(tracking_ref);
      if (refs_.exists(gone_mark(own)))
        return {.name = own};
      if (auto ref = refs_.resolve(own); ref.id || !ref.problem.empty())
        return ref;
    }
    return refs_.resolve(tracking_ref);
  }

  void use_own(std::string& tracking_ref) const {
    if (patterns_.home == upstream_source::prefetch)
      tracking_ref = prefetch_ref(tracking_ref);
  }

  // Names of remote-tracking refs, be it that only one of our own stands for them.
  std::set<std::string> tracking_names() const {
    std::set<std::string> result;
    for (auto& name : refs_.names("refs/"))
      if (!is_prefetch_ref(name))
        result.insert(std::move(name));
      else if (auto theirs = tracking_ref_of(name);
               patterns_.home == upstream_source::prefetch && !theirs.empty())
        result.insert(std::move(theirs));
    return result;
  }

  void match(refs_snapshot& out) {
    for (auto& [remote, ref] : upstreams_.matching(tracking_names(), patterns_.of_remote)) {
      ref.tip = tracked(ref.tracking_ref).id;
      if (!ref.tip)
        continue;
      use_own(ref.tracking_ref);
      out.matched.emplace_back(remote, std::move(ref));
    }
  }

  caf::error head(refs_snapshot& out) {
    const auto head = refs_.resolve("HEAD");
    if (head.name == "HEAD" && !head.id)
      return make_error(head.problem.empty() ? ec::missing : ec::corrupt,
                        out.location.git_dir + "/HEAD " +
                            (head.problem.empty() ? "does not exist any more" : head.problem));
    if (!head.name.starts_with(heads)) {
      if (head.id) {
        const auto tip = peel(*head.id);
        out.detached_head = tip.commit ? tip.commit : head.id;
      }
      return {};
    }
    const auto name = head.name.substr(heads.size());
    auto at = std::ranges::lower_bound(out.branches, name, {}, &local_branch::name);
    if (at == out.branches.end() || at->name != name) {
      at = out.branches.insert(at, local_branch{.name = name});
      set_upstream(*at);
    }
    at->head = true;
    return {};
  }

  bool is_partial() const {
    return configured_.extension("partialclone") != nullptr ||
           std::ranges::any_of(configured_.remotes, &remote_settings::promisor);
  }

  const settings& configured_;
  ref_store& refs_;
  object_reader& objects_;
  const std::unordered_set<oid>& known_;
  const known_commit& is_commit_;
  branch_patterns patterns_;
  std::unordered_set<oid> commits_;
  upstream_map upstreams_;
};

}  // namespace

caf::expected<refs_snapshot> repository::read_refs(upstream_source from,
                                                   const known_commit& is_commit,
                                                   const std::vector<std::string>& patterns) {
  // Before anything is read: what changes during the reading then shows in the next fingerprint.
  const auto seen = git::fingerprint(impl_->location);
  if (!seen)
    return seen.error();
  if (!still_in_place())
    return make_error(ec::missing, impl_->location.path + " holds another repository than before");
  if (auto error = impl_->follow_objects())
    return error;
  const auto configured = impl_->read_configuration(branch_sections::read);
  if (!configured)
    return configured.error();
  auto refs = ref_store::read(impl_->location);
  if (!refs)
    return refs.error();
  const auto overrides = read_ancestry_overrides(impl_->location, *configured, *refs);
  if (!overrides)
    return overrides.error();
  refs_snapshot result{.location = impl_->location};
  result.fingerprint = *seen;
  result.shallow = !overrides->shallow.empty();
  result.ancestry_signature = signature_of(*overrides);
  reading look{*configured,          *refs,     impl_->objects,
               impl_->known_commits, is_commit, branch_patterns{patterns, from}};
  if (auto error = look.run(result))
    return error;
  impl_->known_commits = std::move(look).commits();
  return result;
}

}  // namespace headway::git
