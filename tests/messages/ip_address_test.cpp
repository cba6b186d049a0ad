#include <array>
#include <cstdint>
#include <span>

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>

#include <messages/ip_address.hpp>

BOOST_AUTO_TEST_SUITE(ip_address)

namespace {

bool is_private(const char* text) {
  std::array<std::uint8_t, 16> bytes{};
  const std::size_t size = inet_pton(AF_INET, text, bytes.data()) == 1 ? 4 : 16;
  if (size == 16)
    BOOST_REQUIRE(inet_pton(AF_INET6, text, bytes.data()) == 1);
  return headway::is_private_address(std::span{bytes}.first(size));
}

}  // namespace

BOOST_AUTO_TEST_CASE(networks_that_are_not_the_public_internet_are_private) {
  for (const auto* address : {"0.0.0.0",
                              "10.1.2.3",
                              "100.64.0.1",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.168.1.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "224.0.0.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fc00::1",
                              "fdff::1",
                              "fe80::1",
                              "febf::1",
                              "fec0::1",
                              "ff02::1",
                              "2001:db8::1",
                              "2001::1",
                              "100::1"})
    BOOST_TEST(is_private(address), address);
}

BOOST_AUTO_TEST_CASE(the_public_internet_is_not_private) {
  for (const auto* address :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1",
        "126.1.1.1", "128.0.0.1", "172.15.255.255", "172.32.0.1", "192.167.1.1", "192.169.1.1",
        "198.17.1.1", "198.20.1.1", "223.255.255.255", "2606:4700::1111", "2a00::1",
        "64:ff9b::8.8.8.8", "2002:0808:0808::1"})
    BOOST_TEST(!is_private(address), address);
}

BOOST_AUTO_TEST_CASE(an_address_within_an_address_counts) {
  for (const auto* address : {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1",
                              "64:ff9b::192.168.0.1", "2002:7f00:1::1", "2002:a00:1::"})
    BOOST_TEST(is_private(address), address);
  BOOST_TEST(!is_private("::ffff:8.8.8.8"));
}

BOOST_AUTO_TEST_SUITE_END()
