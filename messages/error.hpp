/// Every way in which Headway can fail, as one error category of CAF.
///
/// An error carries a code from `ec` and a sentence for a person: what failed, where, and what to
/// do. The sentence never holds a secret: whoever makes it strips credentials from URLs first
/// (`messages/url.hpp`).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/atom.hpp>
#include <caf/error.hpp>

namespace headway {

/// What went wrong. The numbers are stable: they appear in logs.
enum class ec : std::uint8_t {
  none = 0,
  invalid_argument,           ///< The request itself makes no sense; asking again will not help.
  not_found,                  ///< No project, fetch or branch of that name; no such remote.
  already_exists,             ///< That path is a project already.
  not_a_repository,           ///< The path exists and is no Git repository.
  outside_allowed_roots,      ///< The configuration forbids repositories at that path.
  foreign_owner,              ///< Another user owns the repository: Git's safe.directory rule.
  permission_denied,          ///< The operating system said no.
  unsupported_object_format,  ///< SHA-256 (or another format) that Headway does not read.
  missing,                    ///< A registered repository is not at its path any more.
  corrupt,                    ///< Data on disk contradicts itself.
  missing_object,             ///< A commit that a count needs is not in the object database.
  budget_exceeded,            ///< The answer would cost more than the configured budget.
  io,                         ///< Reading or writing failed for another reason.
  disk_full,                  ///< No space left.
  read_only,                  ///< The data directory cannot be written.
  in_use,        ///< Another node holds the data directory, the port is taken, a ref is locked.
  newer_schema,  ///< The database was written by a newer version.
  overloaded,    ///< A bounded queue is full; try again later.
  deadline_exceeded,  ///< The answer did not come in time.
  cancelled,          ///< Somebody asked for this to stop.
  shutting_down,      ///< The engine is stopping.
  auth_required,      ///< The remote wants credentials that cannot be had without asking.
  network,            ///< The remote could not be reached.
  remote,             ///< The remote answered, and the answer was an error or made no sense.
  config,             ///< The configuration is wrong.
  internal,           ///< A bug of ours.
  suspended,          ///< Somebody has stopped fetching that project until it is resumed.
};

/// The stable, lower-case name of a code, such as "not_found".
std::string_view to_string(ec code) noexcept;

inline constexpr caf::atom_value error_category = caf::atom("headway");

/// Makes an error of ours. `detail` is a full sentence fragment for a person.
caf::error make_error(ec code, std::string detail = {});

/// The code of an error; errors of CAF's own map to the nearest one (a dead receiver is
/// `shutting_down`, a timeout `deadline_exceeded`), others to `internal`.
ec code_of(const caf::error& error) noexcept;

/// The sentence for a person, without the code; falls back to CAF's rendering.
std::string detail_of(const caf::error& error);

/// "not_found: no project 'x'": the form for logs and terminals.
std::string describe(const caf::error& error);

}  // namespace headway
