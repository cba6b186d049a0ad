/// One question to one remote over a stream that serves this question only: a connection to a git
/// daemon, or a session of a shared ssh connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <messages/error.hpp>
#include <messages/fetch.hpp>

namespace headway::remote {

/// git://AUTHORITY/PATH
struct daemon_address {
  std::string authority;  ///< Host and, perhaps, port.
  std::string path;       ///< As the daemon is to see it.

  friend bool operator==(const daemon_address&, const daemon_address&) = default;
};

/// A repository behind an ssh connection that OpenSSH keeps open for others to share.
struct ssh_address {
  std::string socket;  ///< Where the keeper of the connection listens.
  std::string path;

  friend bool operator==(const ssh_address&, const ssh_address&) = default;
};

struct stream_probe {
  std::variant<daemon_address, ssh_address> where;
  std::vector<std::string> refs;  ///< Full names of the refs that matter.
  std::chrono::milliseconds deadline{30'000};
  address_rule addresses = address_rule::any;  ///< Of a daemon.
};

struct stream_result {
  enum class ending {
    answered,
    line_closed,  ///< Nobody keeps the shared connection any more: open it, and ask again.
    left_to_git,  ///< Git can tell better what is wrong.
    failed,
    cancelled,
  };
  ending how = ending::failed;
  advertised_refs refs;  ///< At least those asked for that exist there.
  ec code = ec::none;
  std::string error;  ///< For a person, without secrets.
  host_sign host = host_sign::none;
  std::chrono::microseconds took{};
  std::uint64_t sent = 0;  ///< Bytes of the protocol.
  std::uint64_t received = 0;
};

}  // namespace headway::remote
