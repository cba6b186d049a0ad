#include <boost/test/unit_test.hpp>

#include <messages/error.hpp>
#include <storage/remote/fetch_protocol.hpp>
#include <storage/remote/pkt_line.hpp>

using namespace headway;
using namespace headway::remote;
using phase = fetch_answer::phase;

namespace {

oid id(char digit) {
  return oid::from_hex(std::string(40, digit)).value();
}

std::string data(const std::string& payload) {
  std::string text;
  append_pkt(text, payload);
  return text;
}

const std::string flush = "0000";
const std::string delimiter = "0001";

std::string pack_of(std::uint32_t objects, const std::string& rest = "content") {
  std::string text{"PACK\0\0\0\2", 8};
  for (const int shift : {24, 16, 8, 0})
    text += static_cast<char>(objects >> shift & 0xff);
  return text + rest;
}

std::string ready_answer() {
  return data("acknowledgments\n") + data("ACK " + std::string(40, 'a') + "\n") + data("ready\n") +
         delimiter + data("packfile\n") + data("\2Counting\n") +
         data("\1" + pack_of(300).substr(0, 5)) + data("\1" + pack_of(300).substr(5)) + flush;
}

fetch_answer fed(const std::string& bytes) {
  fetch_answer answer;
  answer.feed(bytes);
  answer.end();
  return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fetch_protocol)

BOOST_AUTO_TEST_CASE(a_question_says_what_is_wanted_and_what_is_here) {
  const auto text = fetch_request({.wants = {id('a')}, .haves = {id('b')}});
  BOOST_TEST(text.starts_with(data("command=fetch\n")));
  BOOST_TEST(text.find(data("want " + std::string(40, 'a') + "\n")) != std::string::npos);
  BOOST_TEST(text.find(data("have " + std::string(40, 'b') + "\n")) != std::string::npos);
  BOOST_TEST(text.find("done") == std::string::npos);
  BOOST_TEST(text.find("include-tag") == std::string::npos);
  BOOST_TEST(text.ends_with(flush));
}

BOOST_AUTO_TEST_CASE(who_has_nothing_or_nothing_more_to_tell_is_done) {
  BOOST_TEST(fetch_request({.wants = {id('a')}}).find(data("done\n")) != std::string::npos);
  BOOST_TEST(fetch_request({.wants = {id('a')},
                            .haves = {id('b')},
                            .which = fetch_question::round::last,
                            .annotated = fetch_question::tags::of_sent_commits})
                 .find(data("done\n")) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_pack_is_taken_out_of_its_bands_however_the_bytes_come) {
  const auto whole = ready_answer();
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}, whole.size()}) {
    fetch_answer answer;
    std::string pack;
    for (std::size_t at = 0; at < whole.size(); at += piece) {
      answer.feed(std::string_view{whole}.substr(at, piece));
      // The header is looked at before anything is taken, as whoever chooses a child does.
      if (answer.objects()) {
        pack += answer.pack();
        answer.take(answer.pack().size());
      }
    }
    BOOST_TEST((answer.now() == phase::complete));
    BOOST_TEST((pack == pack_of(300)));
    BOOST_TEST(answer.objects().value() == 300u);
    BOOST_TEST(answer.pack_bytes() == pack.size());
    BOOST_TEST((answer.common() == std::vector{id('a')}));
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_needs_more_says_so) {
  const auto answer = fed(data("acknowledgments\n") + data("NAK\n") + flush);
  BOOST_TEST((answer.now() == phase::asked_for_more));
  BOOST_TEST(answer.common().empty());
}

BOOST_AUTO_TEST_CASE(whatever_is_cut_short_is_no_answer) {
  const auto whole = ready_answer();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto answer = fed(whole.substr(0, size));
    BOOST_TEST((answer.now() == phase::broken), "after " << size);
    BOOST_TEST((code_of(answer.error()) == ec::remote));
  }
}

BOOST_AUTO_TEST_CASE(whatever_was_not_asked_for_is_refused) {
  for (const auto& text :
       {std::string{"zzzz"}, std::string{"0003"}, std::string{"fff9"}, flush, delimiter,
        data("shallow-info\n"), data("packfile\n") + flush, data("packfile\n") + data("\4x"),
        data("packfile\n") + data("\1NOPACKNOPACK"), data("acknowledgments\n") + data("ACK x\n"),
        data("acknowledgments\n") + delimiter, ready_answer() + data("x")})
    BOOST_TEST((fed(text).now() == phase::broken), text);
}

BOOST_AUTO_TEST_CASE(acknowledgments_without_end_are_refused) {
  std::string text = data("acknowledgments\n");
  for (int i = 0; i < 100'000; ++i)
    text += data("ACK " + std::string(40, 'a') + "\n");
  const auto answer = fed(text);
  BOOST_TEST((answer.now() == phase::broken));
  BOOST_TEST(answer.common().size() < 100'000u);
}

BOOST_AUTO_TEST_CASE(the_words_of_a_server_are_told_without_their_control_characters) {
  for (const auto& text :
       {data("ERR no\x1b[2Jsuch\n"), data("packfile\n") + data("\3no\x1b[2Jsuch\n")}) {
    const auto answer = fed(text);
    BOOST_TEST((answer.now() == phase::broken));
    BOOST_TEST(detail_of(answer.error()) == "the remote says: no [2Jsuch");
  }
}

BOOST_AUTO_TEST_CASE(no_change_of_a_byte_is_taken_for_a_whole_answer_with_another_header) {
  const auto whole = ready_answer();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char byte : {'\0', '0', 'f', 'A', '\xff'}) {
      auto text = whole;
      text[at] = byte;
      const auto answer = fed(text);
      BOOST_TEST((answer.now() != phase::negotiating && answer.now() != phase::sending));
    }
}

BOOST_AUTO_TEST_SUITE_END()
