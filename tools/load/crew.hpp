/// Threads of the harness: actors that run whatever blocks, one piece of work after the other.
#pragma once

#include <functional>
#include <string>

#include <caf/all.hpp>

namespace headway::load {

/// Runs on the worker's thread.
struct work {
  std::function<void()> run;
};

/// How a piece of work ended.
struct work_done {
  std::string error;  ///< Empty: well.
};

/// Answers when the work has ended.
using worker_actor = caf::typed_actor<caf::replies_to<work>::with<work_done>>;

}  // namespace headway::load

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::load::work)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::load::work_done)

namespace headway::load {

/// All threads that a run needs. `spawn_crew` is the only place where they are made.
struct crew {
  worker_actor network;    ///< The fault proxy.
  worker_actor users;      ///< The crowd.
  worker_actor stagehand;  ///< Changes of repositories.
  worker_actor keeper;     ///< Whatever is done to the node and the machine.
  worker_actor observer;   ///< Samples of what the node costs.
};

crew spawn_crew(caf::actor_system& system);

/// Sends everybody home. REQUIRES: nobody runs work that does not end.
void dismiss(crew& all);

}  // namespace headway::load
