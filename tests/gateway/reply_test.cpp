#include <boost/test/unit_test.hpp>

#include <actors/gateway/http_date.hpp>
#include <actors/gateway/reply.hpp>

BOOST_AUTO_TEST_SUITE(reply)

using namespace headway::gateway;

namespace {

std::string written(const headway::gateway::reply& what,
                    persistence connection = persistence::keep_alive,
                    body_rule body = body_rule::send) {
  std::string out;
  write(out, what, connection, body, "D");
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_reply_is_written_in_one_piece) {
  auto what = json_reply(200, "{}");
  what.fields.emplace_back("ETag", "\"x\"");
  BOOST_TEST(written(what) ==
             "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
             "X-Content-Type-Options: nosniff\r\nETag: \"x\"\r\n\r\n{}");
}

BOOST_AUTO_TEST_CASE(head_announces_the_length_and_sends_nothing) {
  const auto text = written(json_reply(200, "{}"), persistence::keep_alive, body_rule::leave_out);
  BOOST_TEST(text.find("Content-Length: 2\r\n") != std::string::npos);
  BOOST_TEST(text.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(replies_without_content_announce_none) {
  for (const unsigned status : {204u, 304u}) {
    const auto text = written({status, {}, {}, {}});
    BOOST_TEST(text.find("\r\nContent-") == std::string::npos);
    BOOST_TEST(text.ends_with("\r\n\r\n"));
  }
}

BOOST_AUTO_TEST_CASE(the_connection_field_says_what_is_not_the_default) {
  BOOST_TEST(written({}).find("Connection") == std::string::npos);
  BOOST_TEST(written({}, persistence::close).find("Connection: close\r\n") != std::string::npos);
  BOOST_TEST(written({}, persistence::keep_alive_http10).find("Connection: keep-alive\r\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(dates_are_of_the_one_form_that_http_writes) {
  using std::chrono::seconds;
  BOOST_TEST(render_http_date(std::chrono::sys_seconds{seconds{784'111'777}}) ==
             "Sun, 06 Nov 1994 08:49:37 GMT");
  http_date date;
  BOOST_TEST(date.at({}) == "Thu, 01 Jan 1970 00:00:00 GMT");
  BOOST_TEST(date.at(std::chrono::system_clock::time_point{std::chrono::milliseconds{1'999}}) ==
             "Thu, 01 Jan 1970 00:00:01 GMT");
}

BOOST_AUTO_TEST_SUITE_END()
