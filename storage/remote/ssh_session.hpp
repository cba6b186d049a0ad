/// A session of an ssh connection that another process keeps: the client's half of OpenSSH's
/// PROTOCOL.mux, version 4. No process is started. Private to storage/remote.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <storage/remote/descriptor.hpp>

namespace headway::remote {

/// A command that runs at the other end. Its end closes the session.
struct ssh_session {
  descriptor control;  ///< To the keeper of the connection; says how the session fares.
  descriptor input;    ///< Of the command; does not block.
  descriptor output;   ///< Does not block.
  descriptor errors;   ///< Does not block.
};

/// Asks the keeper at `socket` to run `command` with `environment` ("NAME=value"). Does not wait
/// for its answer. Nothing when nobody listens there, or there are no descriptors left.
std::optional<ssh_session> open_ssh_session(const std::string& socket, std::string_view command,
                                            std::string_view environment);

/// Whether the keeper says, in what it has sent on the control stream, that the session was opened.
bool tells_of_opened_session(std::string_view control);

}  // namespace headway::remote
