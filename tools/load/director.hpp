/// Plays a scenario: everything happens when its agenda says so.
#pragma once

#include <functional>
#include <memory>

#include <tools/load/agenda.hpp>
#include <tools/load/crew.hpp>
#include <tools/load/crowd.hpp>
#include <tools/load/performance.hpp>
#include <tools/load/stage.hpp>

namespace headway::load {

/// All must outlive the play.
struct play {
  const scenario* plan = nullptr;
  const agenda* what = nullptr;
  stage* place = nullptr;
  crowd* people = nullptr;
  /// Called once, on an actor's thread, when all is over; not called when the director is sent home
  /// before.
  std::function<void(performance)> curtain;
};

using cue_atom = caf::atom_constant<caf::atom("cue")>;
using look_atom = caf::atom_constant<caf::atom("look")>;

using director_actor = caf::typed_actor<
    // INTERNAL: carries out what is due.
    caf::reacts_to<cue_atom>,
    // INTERNAL: takes a sample of the node.
    caf::reacts_to<look_atom>>;

/// Begins at once.
director_actor spawn_director(caf::actor_system& system, const crew& with, play what);

}  // namespace headway::load
