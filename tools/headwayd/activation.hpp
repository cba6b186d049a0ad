/// Sockets that systemd has opened for the node (sd_listen_fds(3)).
#pragma once

#include <vector>

#include <tools/process/directories.hpp>

namespace headway::tools {

/// Descriptors from $LISTEN_FDS, if $LISTEN_PID says that they are for process `self`; in order.
/// They are not handed on to children.
std::vector<int> activated_sockets(const environment& variables, int self);

/// So that no child takes them for its own. REQUIRES: no other thread.
void forget_activation();

}  // namespace headway::tools
