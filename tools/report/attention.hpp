/// Whether somebody has to do something about a project.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <messages/status.hpp>

namespace headway::tools {

/// True for a branch that is ahead, behind or diverged, whose upstream is gone, or about which
/// nothing can be said. A branch without upstream and one without commits want nothing.
bool needs_attention(const branch_status& branch) noexcept;

/// True when a branch needs it, or the project's own state is an error.
bool needs_attention(const sync_status& status) noexcept;

/// Whether the exit status tells of attention that is needed (`--exit-code`).
enum class exit_rule : std::uint8_t { errors_only, tell_attention };

/// Something that was asked for and could not be done: a repository that cannot be used, a fetch.
struct trouble {
  std::string subject;  ///< Path or id.
  std::string reason;

  friend bool operator==(const trouble&, const trouble&) = default;
};

inline constexpr int exit_in_sync = 0;
inline constexpr int exit_attention = 1;
inline constexpr int exit_error = 2;

/// `exit_attention` or `exit_in_sync`. Trouble with single repositories is attention, not an error:
/// the others were answered.
int exit_status(const std::vector<sync_status_ptr>& statuses, const std::vector<trouble>& troubles,
                exit_rule rule) noexcept;

/// What the documents themselves say of errors, for the lines below the table.
std::vector<trouble> troubles_of(const std::vector<sync_status_ptr>& statuses);

/// "headway: SUBJECT: REASON" for each, printable.
std::string listed(std::string_view program, const std::vector<trouble>& troubles);

}  // namespace headway::tools
