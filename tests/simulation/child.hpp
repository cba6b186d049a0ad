/// What a child of git does in a fetch, from a script: it ends, or does not, as
/// tests/storage/git/child_process_test shows of real ones, and what it leaves behind is understood
/// by the code that understands real ones.
#pragma once

#include <optional>

#include <tests/simulation/world.hpp>

#include <messages/interfaces.hpp>
#include <storage/git/fetch_failure.hpp>

namespace headway::simulation {

struct child_script {
  milliseconds takes{};     ///< Until it has ended, by itself or because its time is up.
  milliseconds outlives{};  ///< So much longer does it live when it is cancelled.
  milliseconds clung_to{};  ///< So long are its pipes held after its end, by a child of its own.
  std::optional<git::fetch_failure> failure;  ///< Nothing: it does its work.
  bool held_back = false;                     ///< Not begun, for want of space.
};

child_script script_child(world& of, const fetch_job& job);

/// How long a host takes to answer.
milliseconds answers_after(dice& chance, sickness how, milliseconds deadline);

/// Of a fetch that was told to end.
git::fetch_failure cancelled_child();

}  // namespace headway::simulation
