#include <algorithm>
#include <array>

#include <messages/ip_address.hpp>

namespace headway {

namespace {

struct network {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
};

// The special-purpose registries of IANA, as far as they are not globally reachable.
constexpr auto private_4 = std::to_array<network>({
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 3},  // Multicast, reserved, broadcast.
});
constexpr auto private_6 = std::to_array<network>({
    {{}, 127},                                   // None, and this machine.
    {{0x01}, 64},                                // Discard.
    {{0x20, 0x01, 0x0d, 0xb8}, 32},              // Documentation.
    {{0x20, 0x01, 0x00, 0x00}, 23},              // Protocols, Teredo among them.
    {{0xfc}, 7},                                 // Unique local.
    {{0xfe, 0x80}, 9},                           // Link-local and site-local.
    {{0xff}, 8},                                 // Multicast.
    {{0x5f, 0x00}, 16},                          // Segment routing.
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},  // Translation of local use.
});

struct embedding {
  network in;
  std::size_t at;  ///< Where the IPv4 address begins.
};
constexpr auto embeddings = std::to_array<embedding>({
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12},
    {{{}, 96}, 12},
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},
    {{{0x20, 0x02}, 16}, 2},
});

bool lies_in(std::span<const std::uint8_t> address, const network& net) noexcept {
  const auto whole = net.bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, net.prefix.begin()))
    return false;
  const auto rest = net.bits % 8;
  return rest == 0 || (address[whole] ^ net.prefix[whole]) >> (8 - rest) == 0;
}

}  // namespace

bool is_private_address(std::span<const std::uint8_t> address) noexcept {
  const auto holds = [&](const network& net) { return lies_in(address, net); };
  if (address.size() == 4)
    return std::ranges::any_of(private_4, holds);
  if (address.size() != 16 || std::ranges::any_of(private_6, holds))
    return true;
  return std::ranges::any_of(embeddings, [&](const embedding& form) {
    return holds(form.in) && is_private_address(address.subspan(form.at, 4));
  });
}

}  // namespace headway
