#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <actors/gateway/doors.hpp>
#include <messages/error.hpp>

namespace headway::gateway {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using generic = asio::generic::stream_protocol;

std::string in_words(const tcp::endpoint& where) {
  const auto host = where.address().to_string();
  return (where.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(where.port());
}

/// REQUIRES: `where` is of TCP.
tcp::endpoint tcp_endpoint_of(const generic::endpoint& where) {
  tcp::endpoint result;
  std::memcpy(result.data(), where.data(), where.size());
  result.resize(where.size());
  return result;
}

caf::expected<tcp::endpoint> endpoint_of(const http_config& config) {
  const auto& name = config.address == "localhost" ? "127.0.0.1" : config.address;
  error_code error;
  const auto address = asio::ip::make_address(name, error);
  if (error)
    return make_error(ec::config, "http.address '" + config.address +
                                      "' is no IP address; use one of this machine, such as "
                                      "'127.0.0.1', '::1' or '0.0.0.0'");
  return tcp::endpoint{address, config.port};
}

caf::error bind_error(const tcp::endpoint& where, const error_code& error) {
  const auto place = in_words(where);
  if (error == asio::error::address_in_use)
    return make_error(ec::in_use, place +
                                      " is taken by another program, perhaps another node; stop "
                                      "it or set http.port to another port");
  if (error == asio::error::access_denied)
    return make_error(ec::permission_denied,
                      "not allowed to listen on " + place +
                          "; set http.port to 1024 or more, or grant CAP_NET_BIND_SERVICE");
  if (error == boost::system::errc::address_not_available)
    return make_error(ec::config, "cannot listen on " + place +
                                      ": no network interface of this machine has that address; "
                                      "change http.address");
  return make_error(ec::io, "cannot listen on " + place + ": " + error.message());
}

door tcp_door(stream_acceptor acceptor) {
  const auto where = tcp_endpoint_of(acceptor.local_endpoint());
  const auto exposed = where.address().is_loopback() ? exposure::loopback : exposure::network;
  return {std::move(acceptor), exposed, in_words(where), where.port(), {}};
}

caf::expected<door> open_tcp(asio::io_context& io, const http_config& config) {
  const auto where = endpoint_of(config);
  if (!where)
    return where.error();
  stream_acceptor acceptor{io};
  error_code error;
  acceptor.open(where->protocol(), error);
  // Otherwise a restart would wait for old connections to leave TIME_WAIT. Two listeners at once
  // stay impossible.
  if (!error)
    acceptor.set_option(stream_acceptor::reuse_address{true}, error);
  if (!error)
    acceptor.bind(*where, error);
  if (!error)
    acceptor.listen(stream_acceptor::max_listen_connections, error);
  if (error)
    return bind_error(*where, error);
  return tcp_door(std::move(acceptor));
}

caf::error socket_error(const std::string& path, const error_code& error) {
  const auto place = "cannot listen on http.socket " + path;
  if (error == asio::error::access_denied)
    return make_error(ec::permission_denied,
                      place + ": its folder does not let this user make a socket");
  if (error == boost::system::errc::no_such_file_or_directory)
    return make_error(ec::config, place + ": its folder does not exist; make it");
  if (error == asio::error::address_in_use)
    return make_error(ec::in_use, place +
                                      ": another node listens there, or a file of that name is no "
                                      "socket; stop it or set http.socket to another path");
  return make_error(ec::io, place + ": " + error.message());
}

/// Whether `path` is a socket that nobody listens on any more.
bool is_left_over(asio::io_context& io, const std::string& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode))
    return false;
  asio::local::stream_protocol::socket visitor{io};
  error_code error;
  visitor.connect(asio::local::stream_protocol::endpoint{path}, error);
  return error == asio::error::connection_refused;
}

caf::expected<door> open_unix(asio::io_context& io, const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return make_error(ec::config, "http.socket '" + path + "' is longer than the " +
                                      std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                      " bytes that a socket's path may have");
  const asio::local::stream_protocol::endpoint where{path};
  stream_acceptor acceptor{io};
  error_code error;
  acceptor.open(where.protocol(), error);
  // Before the name exists, so that nobody can be quicker. (The mode of a socket that has no name
  // becomes that of its file on Linux.)
  if (!error && ::fchmod(acceptor.native_handle(), 0600) != 0)
    error = {errno, boost::system::system_category()};
  if (!error)
    acceptor.bind(where, error);
  if (error == asio::error::address_in_use && is_left_over(io, path)) {
    ::unlink(path.c_str());
    acceptor.bind(where, error);
  }
  if (!error)
    acceptor.listen(stream_acceptor::max_listen_connections, error);
  if (error)
    return socket_error(path, error);
  return door{std::move(acceptor), exposure::unix_socket, path, 0, path};
}

/// The path that a Unix socket is bound to; empty for one without a name in the file system.
std::string path_of(const generic::endpoint& where) {
  const auto* address = reinterpret_cast<const sockaddr_un*>(where.data());
  const auto begin = offsetof(sockaddr_un, sun_path);
  if (where.size() <= begin || address->sun_path[0] == '\0')
    return {};
  return {address->sun_path, ::strnlen(address->sun_path, where.size() - begin)};
}

caf::expected<door> adopt(asio::io_context& io, int descriptor) {
  const auto refuse = [&](const std::string& why) {
    return make_error(ec::config, "the socket that was handed over as descriptor " +
                                      std::to_string(descriptor) + " " + why);
  };
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0)
    return refuse("does not listen; set Accept=no and ListenStream= in the socket unit");
  generic::endpoint where;
  size = static_cast<socklen_t>(where.capacity());
  if (::getsockname(descriptor, where.data(), &size) != 0)
    return refuse("has no address");
  where.resize(size);
  const int family = where.data()->sa_family;
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
    return refuse("is neither of TCP nor a Unix socket");
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  stream_acceptor acceptor{io};
  error_code error;
  acceptor.assign(generic{family, 0}, descriptor, error);
  if (error)
    return refuse("cannot be used: " + error.message());
  if (family == AF_UNIX)
    return door{std::move(acceptor), exposure::unix_socket, path_of(where), 0, {}};
  return tcp_door(std::move(acceptor));
}

}  // namespace

caf::expected<std::vector<door>> open_doors(asio::io_context& io, const http_config& config) {
  std::vector<door> doors;
  if (config.address.empty() && config.socket.empty())
    return make_error(ec::config,
                      "http.address and http.socket are both empty; set one of them, or hand a "
                      "socket over");
  if (!config.address.empty()) {
    auto opened = open_tcp(io, config);
    if (!opened)
      return opened.error();
    doors.push_back(std::move(*opened));
  }
  if (!config.socket.empty()) {
    auto opened = open_unix(io, config.socket);
    if (!opened)
      return opened.error();
    doors.push_back(std::move(*opened));
  }
  return doors;
}

caf::expected<std::vector<door>> adopt_doors(asio::io_context& io,
                                             const std::vector<int>& descriptors) {
  std::vector<door> doors;
  for (const int descriptor : descriptors) {
    auto adopted = adopt(io, descriptor);
    if (!adopted)
      return adopted.error();
    doors.push_back(std::move(*adopted));
  }
  return doors;
}

}  // namespace headway::gateway
