/// Where a remote really is and how git would talk to it, as the configuration says at this moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/expected.hpp>

#include <messages/repo.hpp>

namespace headway::git {

/// What http.* settings and git's environment variables come to.
struct http_settings {
  enum class certificates { checked, not_checked };
  std::optional<std::string> proxy;  ///< Nothing: as the environment says; empty: none.
  std::string ca_file;               ///< Empty: those of the system.
  certificates server = certificates::checked;
  std::vector<std::string> headers;  ///< May hold secrets.
  std::string user_agent;            ///< Empty: not set.
};

struct remote_address {
  std::string url;  ///< After insteadOf. May hold a login: goes to the remote and nowhere else.
  /// The setting that only git itself understands, in words; empty: everything that holds for this
  /// remote is said here.
  std::string only_git;
  /// A key of the repository's own configuration that makes git run a program; empty: none does.
  std::string program;
  http_settings http;
  std::string ssh_command;  ///< As git would run it for ssh; empty: not OpenSSH, or not to be told.
  /// Equal for remotes for which git's credential helpers give the same login.
  std::string login_scope;
  /// Which tags follow a fetch: those of what is fetched (as git does by itself), none, or all.
  enum class tags { of_fetched, none, all };
  tags follow = tags::of_fetched;
  /// Why only git can fetch from it, although others may ask for its refs; empty: there is no
  /// reason.
  std::string fetched_by_git;
  /// Packs with fewer objects become loose ones.
  unsigned unpack_limit = 100;
  /// Whether the files of objects are what they are by default, or as some setting of git asks.
  enum class files { usual, as_set };
  files objects = files::usual;
};

/// Reads configurations and remembers what they said for as long as their files are the same. One
/// thread.
class address_book {
 public:
  /// Errors: `config` (no such remote, or one without an address), and those of opening a
  /// repository.
  caf::expected<remote_address> find(const repository_location& location,
                                     const std::string& remote);

 private:
  struct entry {
    std::uint64_t stamp = 0;
    std::vector<std::string> files;
    remote_address address;
  };
  std::unordered_map<std::string, entry> known_;
};

}  // namespace headway::git
