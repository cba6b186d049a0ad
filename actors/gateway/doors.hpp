/// The sockets that a node listens on.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <caf/expected.hpp>

#include <actors/gateway/request.hpp>
#include <config/engine_config.hpp>

namespace headway::gateway {

using stream_acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;
using stream_socket = boost::asio::generic::stream_protocol::socket;

/// One socket that listens, and who may come through it.
struct door {
  stream_acceptor acceptor;
  exposure where;
  /// "127.0.0.1:8420", "[::1]:8420", or the path of a Unix socket.
  std::string address;
  std::uint16_t port = 0;  ///< 0: a Unix socket.
  /// Path to remove at the end; empty where it is somebody else's.
  std::string own_path;
};

/// Opens what `config` names. Errors: `in_use` when an address is taken, `permission_denied`,
/// `config` when it is none of this machine or when there is nothing to open.
caf::expected<std::vector<door>> open_doors(boost::asio::io_context& io, const http_config& config);

/// The same of sockets that listen already, as systemd hands them over; they are owned from now on.
/// `config` for a descriptor that is no stream socket which listens.
caf::expected<std::vector<door>> adopt_doors(boost::asio::io_context& io,
                                             const std::vector<int>& descriptors);

}  // namespace headway::gateway
