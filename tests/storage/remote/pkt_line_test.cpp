#include <string>

#include <boost/test/unit_test.hpp>

#include <storage/remote/pkt_line.hpp>

BOOST_AUTO_TEST_SUITE(pkt_line)

using namespace headway::remote;

BOOST_AUTO_TEST_CASE(packets_are_written_as_they_are_read) {
  std::string bytes;
  append_pkt(bytes, "command=ls-refs\n");
  append_delimiter(bytes);
  append_pkt(bytes, std::string(max_payload, 'x'));
  append_flush(bytes);
  BOOST_TEST(bytes.substr(0, 20) == "0014command=ls-refs\n");
  pkt_reader reader{bytes};
  const auto first = reader.next();
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST((first->what == pkt::kind::data));
  BOOST_TEST(first->payload == "command=ls-refs\n");
  BOOST_TEST(first->line() == "command=ls-refs");
  BOOST_TEST((reader.next()->what == pkt::kind::delimiter));
  BOOST_TEST(reader.next()->payload.size() == max_payload);
  BOOST_TEST((reader.next()->what == pkt::kind::flush));
  BOOST_TEST(reader.at_end());
  BOOST_TEST(!reader.next().has_value());
  BOOST_TEST(reader.problem().empty());
}

BOOST_AUTO_TEST_CASE(an_empty_packet_is_data_without_bytes) {
  pkt_reader reader{"0004"};
  const auto packet = reader.next();
  BOOST_REQUIRE(packet.has_value());
  BOOST_TEST((packet->what == pkt::kind::data));
  BOOST_TEST(packet->payload.empty());
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_is_told_from_what_is_something_else) {
  for (const auto* text : {"0", "00", "001", "0009abc", "fff0"}) {
    pkt_reader reader{text};
    BOOST_TEST(!reader.next().has_value(), text);
    BOOST_TEST(reader.problem() == "is cut short", text);
  }
  for (const auto* text :
       {"<html>", "0003", "-001", "+004", "0x04", " 004", "fff1", "ffff", "00g4"}) {
    pkt_reader reader{text};
    BOOST_TEST(!reader.next().has_value(), text);
    BOOST_TEST(reader.problem() == "is not in Git's format", text);
    BOOST_TEST(!reader.next().has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
