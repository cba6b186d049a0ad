#include <map>

#include <boost/test/unit_test.hpp>

#include <tools/headwayd/activation.hpp>

BOOST_AUTO_TEST_SUITE(activation)

namespace {

std::vector<int> sockets(const std::map<std::string, std::string, std::less<>>& variables) {
  return headway::tools::activated_sockets(
      [&](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional{found->second};
      },
      4711);
}

}  // namespace

BOOST_AUTO_TEST_CASE(sockets_begin_with_descriptor_three) {
  BOOST_TEST((sockets({{"LISTEN_PID", "4711"}, {"LISTEN_FDS", "2"}}) == std::vector{3, 4}));
}

BOOST_AUTO_TEST_CASE(sockets_of_another_process_are_left_alone) {
  BOOST_TEST(sockets({{"LISTEN_PID", "4712"}, {"LISTEN_FDS", "2"}}).empty());
  BOOST_TEST(sockets({{"LISTEN_FDS", "2"}}).empty());
}

BOOST_AUTO_TEST_CASE(nonsense_is_no_socket) {
  for (const char* count : {"", "x", "-1", "2x", "100000", "99999999999999999999"})
    BOOST_TEST(sockets({{"LISTEN_PID", "4711"}, {"LISTEN_FDS", count}}).empty(), count);
  BOOST_TEST(sockets({{"LISTEN_PID", "4711"}}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
