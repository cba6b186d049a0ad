/// Starting a program that inherits nothing of this process but three descriptors. Private to git/.
#pragma once

#include <caf/expected.hpp>
#include <sys/types.h>

#include <storage/git/child_process.hpp>
#include <storage/git/file_descriptor.hpp>

namespace headway::git {

/// Running, or ended and not yet reaped: whoever holds this reaps it.
struct spawned_child {
  pid_t pid = -1;          ///< Also its process group and its session.
  file_descriptor input;   ///< Our end of its stdin, a socket; only of a stream. Non-blocking.
  file_descriptor output;  ///< Read end of its stdout; non-blocking.
  file_descriptor errors;  ///< Read end of its stderr; non-blocking.
  /// A pidfd, readable when the child has ended; closed where the kernel has none (before 5.3).
  file_descriptor exit_event;
};

/// Whether stdin is `command.input` or is given while the child runs.
enum class input_kind { whole, stream };

/// By posix_spawn, which shares the address space until exec instead of copying page tables: a
/// child costs the same however much this process has mapped, and no code of ours runs between fork
/// and exec of a process with many threads. The child gets a session of its own, default signal
/// dispositions, an empty signal mask. Errors: `io`, naming the program.
caf::expected<spawned_child> spawn(const child_command& command,
                                   input_kind kind = input_kind::whole);

}  // namespace headway::git
