#include <boost/test/unit_test.hpp>

#include <tools/terminal/keys.hpp>

BOOST_AUTO_TEST_SUITE(keys)

using namespace headway::terminal;
using presses = std::vector<key_press>;

BOOST_AUTO_TEST_CASE(terminals_send_arrows_in_two_ways) {
  BOOST_TEST((keys_in("\x1b[A\x1bOB") == presses{{key::up}, {key::down}}));
  BOOST_TEST((keys_in("\x1b[5~\x1b[6~\x1b[H\x1b[F") ==
              presses{{key::page_up}, {key::page_down}, {key::home}, {key::end}}));
}

BOOST_AUTO_TEST_CASE(letters_are_letters_and_escape_is_one_key) {
  BOOST_TEST((keys_in("q\x1b") == presses{{key::other, 'q'}, {key::escape}}));
  BOOST_TEST((keys_in("\r") == presses{{key::enter}}));
}

BOOST_AUTO_TEST_CASE(what_nobody_needs_says_nothing) {
  BOOST_TEST(keys_in("\x1b[200~\x1b[1;5C\xC3\xA4").empty());
  BOOST_TEST(keys_in("\x1b[").empty());
}

BOOST_AUTO_TEST_SUITE_END()
