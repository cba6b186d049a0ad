#include <boost/test/unit_test.hpp>

#include <actors/gateway/event_ring.hpp>

BOOST_AUTO_TEST_SUITE(event_ring)

using headway::gateway::event_reader;
using ring_ptr = std::shared_ptr<headway::gateway::event_ring>;

namespace {

ring_ptr make_ring(headway::gateway::ring_limits limits = {}) {
  return std::make_shared<headway::gateway::event_ring>("a1b2", limits);
}

std::string frame(int number, const std::string& data) {
  return "id: a1b2-" + std::to_string(number) + "\nevent: status\ndata: " + data + "\n\n";
}

std::string next(event_reader& reader) {
  const auto bytes = reader.take();
  return bytes ? *bytes : "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_reader_gets_what_comes_after_it_and_nothing_from_before) {
  const auto ring = make_ring();
  ring->add("status", "old");
  event_reader reader{ring, ""};
  BOOST_TEST(reader.greeting() == "retry: 1000\nid: a1b2-1\n\n");
  BOOST_TEST(next(reader) == "");
  ring->add("status", "x");
  ring->add("status", "y");
  BOOST_TEST(reader.is_behind());
  BOOST_TEST(next(reader) == frame(2, "x") + frame(3, "y"));
  BOOST_TEST(!reader.is_behind());
  BOOST_TEST(next(reader) == "");
}

BOOST_AUTO_TEST_CASE(whoever_comes_back_goes_on_where_he_left_off) {
  const auto ring = make_ring();
  for (const char* data : {"x", "y", "z"})
    ring->add("status", data);
  event_reader reader{ring, "a1b2-1"};
  BOOST_TEST(reader.greeting() == "retry: 1000\nid: a1b2-1\n\n");
  BOOST_TEST(next(reader) == frame(2, "y") + frame(3, "z"));
  event_reader complete{ring, "a1b2-3"};
  BOOST_TEST(complete.greeting() == "retry: 1000\nid: a1b2-3\n\n");
  BOOST_TEST(next(complete) == "");
}

BOOST_AUTO_TEST_CASE(whoever_has_missed_something_is_told_so) {
  const auto ring = make_ring({.events = 2, .bytes = 1000});
  for (const char* data : {"w", "x", "y", "z"})
    ring->add("status", data);
  const std::string reset = "retry: 1000\nid: a1b2-4\nevent: reset\ndata: {}\n\n";
  // The second event is gone, so whoever has read the first has missed it.
  BOOST_TEST(event_reader(ring, "a1b2-1").greeting() == reset);
  BOOST_TEST(event_reader(ring, "a1b2-2").greeting() == "retry: 1000\nid: a1b2-2\n\n");
  for (const char* strange : {"a1b2-5", "ffff-2", "a1b2", "a1b2-", "a1b2-2x", "a1b2--2", "a1b22",
                              "-1", "a1b2-99999999999999999999"})
    BOOST_TEST(event_reader(ring, strange).greeting() == reset, strange);
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_too_slow_is_lost) {
  const auto ring = make_ring({.events = 2, .bytes = 1000});
  event_reader slow{ring, ""};
  ring->add("status", "x");
  ring->add("status", "y");
  BOOST_TEST(!slow.is_lost());
  ring->add("status", "z");
  BOOST_TEST(slow.is_lost());
}

BOOST_AUTO_TEST_CASE(the_bytes_that_are_kept_are_bounded_too) {
  const auto ring = make_ring({.events = 1000, .bytes = 100});
  event_reader slow{ring, ""};
  ring->add("status", std::string(20, 'x'));
  BOOST_TEST(!slow.is_lost());
  ring->add("status", std::string(60, 'y'));
  BOOST_TEST(slow.is_lost());
  ring->add("status", std::string(200, 'z'));
  BOOST_TEST(!ring->continues(ring->last() - 1));
  BOOST_TEST(ring->continues(ring->last()));
}

BOOST_AUTO_TEST_CASE(readers_that_stand_together_share_the_bytes) {
  const auto ring = make_ring();
  event_reader one{ring, ""};
  event_reader two{ring, ""};
  ring->add("status", "x");
  ring->add("status", "y");
  event_reader behind{ring, "a1b2-1"};
  BOOST_TEST(one.take() == two.take());
  BOOST_TEST(next(behind) == frame(2, "y"));
  ring->add("status", "z");
  BOOST_TEST(one.take() == behind.take());
}

BOOST_AUTO_TEST_CASE(arrears_come_in_pieces) {
  const auto ring = make_ring();
  std::uint64_t position = 0;
  for (const char* data : {"x", "y", "z"})
    ring->add("status", data);
  const auto size = frame(1, "x").size();
  BOOST_TEST(*ring->take(position, 2 * size) == frame(1, "x") + frame(2, "y"));
  BOOST_TEST(position == 2u);
  BOOST_TEST(*ring->take(position, 1) == frame(3, "z"));
  BOOST_TEST(!ring->take(position, 1));
}

BOOST_AUTO_TEST_CASE(readers_are_counted) {
  const auto ring = make_ring();
  BOOST_TEST(ring->readers() == 0u);
  {
    const event_reader one{ring, ""};
    const event_reader two{ring, ""};
    BOOST_TEST(ring->readers() == 2u);
  }
  BOOST_TEST(ring->readers() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
