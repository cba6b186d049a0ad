// What clients send: request, target, query, cursor, body.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <tests/fuzz/input.hpp>

#include <actors/gateway/access_rules.hpp>
#include <actors/gateway/add_request.hpp>
#include <actors/gateway/cursor.hpp>
#include <actors/gateway/query.hpp>
#include <actors/gateway/target.hpp>
#include <actors/gateway/wire_request.hpp>

namespace {

using namespace headway;

void read_target(std::string_view text) {
  const auto where = gateway::parse_target(text);
  if (!where)
    return;
  static_cast<void>(gateway::parse_list(where->parameters));
  if (const auto wait = gateway::parse_wait(where->parameters, std::chrono::seconds{120});
      wait && *wait)
    fuzz::expect(**wait >= std::chrono::milliseconds{0} && **wait <= std::chrono::seconds{120},
                 "a wait is within its bounds");
  for (const auto& segment : where->segments)
    static_cast<void>(gateway::encode_segment(segment));
}

void read_request(std::string_view text) {
  boost::beast::http::request_parser<boost::beast::http::string_body> parser;
  parser.header_limit(8 << 10);
  parser.body_limit(64 << 10);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(text), error);
  if (error || !parser.is_done())
    return;
  auto message = parser.release();
  const bool has_codings =
      message.find(boost::beast::http::field::transfer_encoding) != message.end();
  if (gateway::framing_of(message) == gateway::framing::clear)
    fuzz::expect(has_codings == message.chunked(), "a body ends where its last coding says");
  const auto asked = gateway::read_request(message);
  static_cast<void>(gateway::persistence_of(message));
  const gateway::access_rules rules{{"127.0.0.1", "localhost"}};
  static_cast<void>(rules.refusal(asked, std::nullopt, asked.target));
  read_target(asked.target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  read_request(text);
  read_target(text);
  if (const auto last = gateway::decode_cursor(text))
    fuzz::expect(gateway::encode_cursor(*last) == text, "a cursor has one form");
  const auto body = gateway::parse_add_request(text);
  if (const auto* path = std::get_if<std::string>(&body))
    fuzz::expect(path->starts_with('/') && path->find('\0') == std::string::npos,
                 "a path is absolute and without NUL");
  return 0;
}
