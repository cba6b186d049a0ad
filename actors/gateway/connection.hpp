/// One connection that speaks HTTP/1.1.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <actors/gateway/reply.hpp>
#include <actors/gateway/routes.hpp>
#include <actors/gateway/tls.hpp>

namespace headway::gateway {

using clock = std::chrono::steady_clock;

struct connection_limits {
  std::uint32_t header_size;
  std::uint64_t body_size;
  std::uint64_t hook_size;  ///< Of the body of a webhook.
  std::chrono::milliseconds header_timeout;
  std::chrono::milliseconds body_timeout;
  std::chrono::milliseconds idle_timeout;
  std::chrono::milliseconds answer_timeout;
};

class connection;

/// What all connections of a gateway share.
struct connection_surroundings {
  connection_limits limits;
  routes& service;
  /// Where bytes arrive before they are somebody's: an idle connection owns no buffer.
  std::vector<char> scratch;
  /// Called once, when the connection has closed.
  std::function<void(connection&)> ended;
};

/// Reads, has answered, and writes, one request after the other; while one is with the engine,
/// further ones wait unparsed. Replies gather while a write is under way, so that pipelined
/// requests share writes. A status that is in memory is answered without anybody being asked, and a
/// client that asks the same again is not parsed again. There is no timer: whoever owns the
/// connection calls `sweep` now and then.
///
/// Not thread-safe: the gateway's thread owns it.
class connection : public std::enable_shared_from_this<connection> {
 public:
  using socket_type = boost::asio::generic::stream_protocol::socket;

  /// `identity` may be null: the connection does not speak TLS. It is not needed afterwards.
  connection(socket_type socket, connection_surroundings& around, exposure from,
             const tls_identity* identity);

  void start();
  /// Sends `farewell` and nothing else; with TLS, where that would take a handshake, nothing at
  /// all.
  void turn_away(const reply& farewell);
  /// Sends what has happened since the last time to a client that reads events; drops one that is
  /// too slow. Whether this client has more to come.
  bool offer_events();
  /// Enforces what is due at `now`.
  void sweep(clock::time_point now);
  /// Ends after the reply to the request that is being answered; at once if there is none.
  void drain();
  void close();

 private:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  /// What the deadline is for.
  enum class phase : std::uint8_t { idle, header, body, answering, streaming, lingering };
  /// What follows the replies that are written or to be written.
  enum class ending : std::uint8_t { none, after_flush };

  void wait_for_input();
  void on_readable(boost::system::error_code error);
  void unseal(std::string_view wire);
  void on_end_of_input();
  void advance();
  void advance_while_possible();
  bool may_take_request() const;
  bool take_request();
  bool answer_again();
  bool answer_standing(const request& asked, std::string_view bytes);
  bool parse();
  void begin_request();
  void on_header();
  void dispatch(std::string_view bytes);
  void answer_with(std::uint64_t ticket, const reply& result);
  void append(const reply& result);
  void write_news();
  void refuse(unsigned status, std::string_view detail);
  void refuse_malformed(boost::system::error_code error, std::string_view offered);
  bool flush();
  void fill_writing();
  void written();
  void on_written(boost::system::error_code error);
  void linger();
  void enter(phase next, std::chrono::milliseconds time);

  std::string_view unread() const { return std::string_view{input_}.substr(consumed_); }
  void compact();
  bool is_writing() const { return !writing_.empty() || news_ != nullptr; }
  std::size_t backlog() const { return outgoing_.size() + writing_.size(); }

  socket_type socket_;
  connection_surroundings& around_;
  exposure from_;
  std::string client_;                ///< As in a request.
  std::unique_ptr<tls_session> tls_;  ///< Null: plain HTTP.
  std::string input_;
  std::size_t consumed_ = 0;
  std::optional<parser> parser_;
  /// The last request that was answered from memory, as sent: the same bytes need not be parsed
  /// again.
  struct known_request {
    std::string bytes;
    standing_request asked;
  };
  std::unique_ptr<known_request> known_;
  std::string outgoing_;                     ///< Replies that no write has taken yet.
  std::string writing_;                      ///< Bytes in the write under way.
  std::shared_ptr<const std::string> news_;  ///< Events in the write under way.
  std::shared_ptr<event_reader> events_;     ///< Of a reply without end.
  phase phase_ = phase::idle;
  clock::time_point deadline_{};
  clock::time_point write_deadline_{};
  std::uint64_t ticket_ = 0;       ///< Of the request that is being answered.
  std::function<void()> give_up_;  ///< Of the same.
  persistence persistence_ = persistence::keep_alive;
  body_rule body_rule_ = body_rule::send;
  ending ending_ = ending::none;
  bool waiting_for_input_ = false;
  bool advancing_ = false;
  bool draining_ = false;
  bool closed_ = false;
};

using connection_ptr = std::shared_ptr<connection>;

}  // namespace headway::gateway
