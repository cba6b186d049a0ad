#include <cstdint>
#include <span>

#include <netinet/in.h>
#include <sys/socket.h>

#include <messages/ip_address.hpp>
#include <storage/remote/address_guard.hpp>

namespace headway::remote {

namespace {

bool is_public(const sockaddr& address) {
  const auto bytes = [](const auto& raw) {
    return std::span{reinterpret_cast<const std::uint8_t*>(&raw), sizeof raw};
  };
  if (address.sa_family == AF_INET)
    return !is_private_address(bytes(reinterpret_cast<const sockaddr_in&>(address).sin_addr));
  if (address.sa_family == AF_INET6)
    return !is_private_address(bytes(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr));
  return false;
}

curl_socket_t open_socket(void* refused, curlsocktype, curl_sockaddr* to) {
  if (is_public(to->addr))
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  if (refused != nullptr)
    *static_cast<bool*>(refused) = true;
  return CURL_SOCKET_BAD;
}

}  // namespace

void connect_to_public_addresses_only(CURL* easy, bool* refused) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, refused);
}

}  // namespace headway::remote
