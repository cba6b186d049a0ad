#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include <actors/gateway/compression.hpp>

BOOST_AUTO_TEST_SUITE(compression)

using namespace headway::gateway;

namespace {

const std::string large(20'000, 'x');

reply compressed(std::string body, exposure from, std::optional<std::string> accepted = "gzip") {
  auto result = json_reply(200, std::move(body));
  result.fields.emplace_back("ETag", "\"tag\"");
  compress_if_worthwhile(result, from, accepted);
  return result;
}

std::string field(const reply& from, std::string_view name) {
  for (const auto& [known, value] : from.fields)
    if (known == name)
      return value;
  return {};
}

std::string unpacked(const std::string& bytes) {
  z_stream stream{};
  BOOST_REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
  std::string text(100'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  BOOST_TEST(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(large_documents_go_compressed_over_a_network) {
  const auto result = compressed(large, exposure::network);
  BOOST_TEST(result.body.size() < large.size() / 10);
  BOOST_TEST(unpacked(result.body) == large);
  BOOST_TEST(field(result, "Content-Encoding") == "gzip");
  BOOST_TEST(field(result, "Vary") == "Accept-Encoding");
  BOOST_TEST(field(result, "ETag") == "W/\"tag\"");
}

BOOST_AUTO_TEST_CASE(on_this_machine_nothing_is_compressed) {
  for (const auto from : {exposure::loopback, exposure::unix_socket})
    BOOST_TEST(compressed(large, from).body == large);
}

BOOST_AUTO_TEST_CASE(small_documents_are_left_as_they_are) {
  const auto result = compressed("{}", exposure::network);
  BOOST_TEST(result.body == "{}");
  BOOST_TEST(field(result, "Vary") == "");
}

BOOST_AUTO_TEST_CASE(who_does_not_take_gzip_is_not_given_it) {
  const auto result = compressed(large, exposure::network, std::nullopt);
  BOOST_TEST(result.body == large);
  BOOST_TEST(field(result, "Vary") == "Accept-Encoding");
  BOOST_TEST(field(result, "ETag") == "\"tag\"");
}

BOOST_AUTO_TEST_SUITE_END()
