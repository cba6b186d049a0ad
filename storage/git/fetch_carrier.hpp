/// Bringing objects from a remote into a quarantine: one interface, two ways. Private to
/// storage/git.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <messages/ids.hpp>
#include <storage/git/address_book.hpp>
#include <storage/git/fetch_quarantine.hpp>
#include <storage/git/fetch_run.hpp>
#include <storage/remote/ls_refs.hpp>

namespace headway::git {

/// Refs of the remote that are wanted, and where they were seen.
using wanted_refs = std::map<std::string, oid>;

/// What came.
struct cargo {
  enum class arrival {
    complete,     ///< All objects of `tips` are in the quarantine or in the clone.
    left_to_git,  ///< Only git can do this; nothing came.
    failed,       ///< The run has failed.
  };
  arrival how = arrival::failed;
  /// Where the wanted refs are. By git they may be later than they were seen.
  wanted_refs tips;
  std::string why;     ///< It is left to git.
  ec code = ec::none;  ///< Of the failure that it is when git is not asked.
};

/// One way to a remote, for one fetch.
class carrier {
 public:
  virtual ~carrier() = default;

  /// Brings `wanted` with all that they need. May be called again, for tags.
  virtual cargo carry(const wanted_refs& wanted) = 0;

  /// All tags of the remote. Nothing when the run has failed, or they cannot be told.
  virtual std::optional<remote::advertised_tags> tags() = 0;
};

/// By `git fetch` as a child, for every kind of remote and clone.
class git_carrier : public carrier {
 public:
  /// Whether the first fetch asks for the names of all tags as well, as git does by default.
  /// REQUIRES of `taken_along` that no setting asks for the tags themselves.
  enum class tag_list { taken_along, left_out };

  git_carrier(fetch_run& run, const quarantine& into, tag_list list)
      : run_{run}, into_{into}, list_{list} {}

  cargo carry(const wanted_refs& wanted) override;
  /// What the fetch itself was told, if that can be read.
  std::optional<remote::advertised_tags> tags() override;

 private:
  std::optional<wanted_refs> read_fetch_head(const wanted_refs& wanted) const;

  fetch_run& run_;
  const quarantine& into_;
  tag_list list_;
  std::optional<remote::advertised_tags> tags_;
  std::string git_dir_;
};

/// By our own requests over HTTP(S), in version 2 of Git's protocol, to plain clones.
class http_carrier : public carrier {
 public:
  /// REQUIRES: `why_not` found nothing.
  http_carrier(fetch_run& run, const quarantine& into, fetch_connections& through,
               remote_address address);
  ~http_carrier() override;

  /// Why only git can fetch from this remote into this clone; empty: there is no reason.
  static std::string why_not(const repository_location& location, const remote_address& address);

  cargo carry(const wanted_refs& wanted) override;
  /// Asked together with the first pack.
  std::optional<remote::advertised_tags> tags() override;

 private:
  class conversation;
  std::unique_ptr<conversation> talk_;
};

}  // namespace headway::git
