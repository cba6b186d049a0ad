/// What kind of network an address belongs to.
#pragma once

#include <cstdint>
#include <span>

namespace headway {

/// Whether an address (4 or 16 bytes, in network order) is none of the public internet: private,
/// local, link-local, shared, reserved, multicast, or an IPv6 form of such an IPv4 address.
bool is_private_address(std::span<const std::uint8_t> address) noexcept;

}  // namespace headway
