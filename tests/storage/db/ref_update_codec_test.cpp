#include <tests/storage/db/fixture.hpp>

#include <storage/db/ref_update_codec.hpp>

BOOST_AUTO_TEST_SUITE(ref_update_codec)

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

const std::vector<ref_update> samples{
    {"refs/remotes/origin/main", id_of(1), id_of(2)},
    {"refs/remotes/origin/new", std::nullopt, id_of(3)},
    {"refs/remotes/origin/gone", id_of(4), std::nullopt},
    {std::string("refs/\xff\xfe\0odd", 11), std::nullopt, std::nullopt},
    {std::string(70'000, 'x'), id_of(5), id_of(6)},
};

}  // namespace

BOOST_AUTO_TEST_CASE(updates_survive_the_round_trip) {
  const auto decoded = decode_ref_updates(encode(samples));
  BOOST_REQUIRE(decoded.has_value());
  BOOST_TEST((*decoded == samples));
  BOOST_TEST(decode_ref_updates("")->empty());
}

BOOST_AUTO_TEST_CASE(every_cut_that_is_no_boundary_is_noticed) {
  const std::vector<ref_update> two(samples.begin(), samples.begin() + 2);
  const auto bytes = encode(two);
  const auto boundary = encode({two[0]}).size();
  for (std::size_t size = 1; size < bytes.size(); ++size)
    BOOST_TEST(decode_ref_updates(bytes.substr(0, size)).has_value() == (size == boundary));
}

BOOST_AUTO_TEST_CASE(unknown_marks_and_lengths_beyond_the_end_are_noticed) {
  auto bytes = encode({samples[0]});
  bytes[0] = 7;
  BOOST_TEST(!decode_ref_updates(bytes).has_value());
  bytes[0] = 3;
  bytes[4] = static_cast<char>(0xff);
  BOOST_TEST(!decode_ref_updates(bytes).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
