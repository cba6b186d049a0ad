#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>

#include <actors/gateway/connection.hpp>
#include <actors/gateway/event_ring.hpp>
#include <actors/gateway/wire_request.hpp>

namespace headway::gateway {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

/// How long a closed connection is drained, so that the kernel does not answer late input with a
/// reset that destroys the last reply on its way (RFC 9112, 9.6).
constexpr milliseconds longest_linger{2'000};

/// Replies that wait for a slow reader before its next request is taken.
constexpr std::size_t most_backlog = 256 * 1024;

/// Silence on a stream of events after which a comment is sent: proxies close what says nothing,
/// and a client that has gone without a word is noticed.
constexpr milliseconds heartbeat{15'000};

/// Requests that are kept to be recognised by their bytes.
constexpr std::size_t longest_known = 2 * 1024;

/// Buffers that grew for one large reply are given back.
constexpr std::size_t most_kept_capacity = 64 * 1024;

void empty(std::string& buffer) {
  if (buffer.capacity() > most_kept_capacity)
    buffer = {};
  else
    buffer.clear();
}

/// Whether the first line of `text` names a version, and one that is not spoken here. The parser
/// says "bad version" of other nonsense at the end of the line, too.
bool names_foreign_version(std::string_view text) {
  static constexpr std::string_view lead = " HTTP/";
  const auto line = text.substr(0, text.find("\r\n"));
  const auto begin = line.rfind(lead);
  if (begin == std::string_view::npos)
    return false;
  const auto version = line.substr(begin + lead.size());
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return version.size() == 3 && is_digit(version[0]) && version[1] == '.' && is_digit(version[2]) &&
         version != "1.0" && version != "1.1";
}

/// The address at the other end, without its port. Of IPv6 the network: a client has a whole one.
std::string client_at(const connection::socket_type& socket) {
  error_code ignored;
  const auto there = socket.remote_endpoint(ignored);
  tcp::endpoint end;
  if (there.size() > end.capacity())
    return {};
  std::memcpy(end.data(), there.data(), there.size());
  end.resize(there.size());
  const auto address = end.address();
  if (!address.is_v6())
    return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  const auto bytes = v6.to_bytes();
  return {bytes.begin(), bytes.begin() + bytes.size() / 2};
}

}  // namespace

connection::connection(socket_type socket, connection_surroundings& around, exposure from,
                       const tls_identity* identity)
    : socket_(std::move(socket)),
      around_(around),
      from_(from),
      tls_(identity ? std::make_unique<tls_session>(*identity) : nullptr) {}

void connection::start() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  if (from_ != exposure::unix_socket)
    socket_.set_option(tcp::no_delay{true}, ignored);
  if (from_ == exposure::network)
    client_ = client_at(socket_);
  // A handshake is part of the first header.
  enter(phase::idle, tls_ ? around_.limits.header_timeout : around_.limits.idle_timeout);
  wait_for_input();
}

void connection::turn_away(const reply& farewell) {
  if (tls_)
    return close();
  error_code ignored;
  socket_.non_blocking(true, ignored);
  persistence_ = persistence::close;
  append(farewell);
  flush();
}

bool connection::offer_events() {
  if (closed_ || phase_ != phase::streaming)
    return false;
  if (events_->is_lost()) {
    close();
    return false;
  }
  if (!is_writing())
    write_news();
  // A peer that has reset its connection ends it in the writing.
  return events_ && events_->is_behind();
}

void connection::sweep(clock::time_point now) {
  if (is_writing() && now >= write_deadline_)
    return close();
  // A reply under way is no idleness, and its reader has a deadline of its own.
  const bool idle = phase_ == phase::idle || phase_ == phase::lingering;
  if (now < deadline_ || (idle && backlog() > 0))
    return;
  switch (phase_) {
    case phase::idle:
    case phase::lingering:
      return close();
    case phase::header:
      refuse(408, "the header of the request did not arrive in time");
      flush();
      return;
    case phase::body:
      refuse(408, "the body of the request did not arrive in time");
      flush();
      return;
    case phase::streaming:
      if (!is_writing())
        outgoing_.append(":\n\n");
      enter(phase::streaming, heartbeat);
      flush();
      return;
    case phase::answering:
      // Through a local, since the answer forgets the member.
      if (const auto give_up = std::move(give_up_))
        give_up();
      return;
  }
}

void connection::drain() {
  draining_ = true;
  if (phase_ == phase::answering || phase_ == phase::lingering)
    return;
  // A stream has no end of its own, and its client comes back with the id of what it has read.
  if (backlog() == 0 || phase_ == phase::streaming)
    return close();
  ending_ = ending::after_flush;
}

void connection::close() {
  if (closed_)
    return;
  closed_ = true;
  events_.reset();
  error_code ignored;
  socket_.close(ignored);
  around_.ended(*this);
}

void connection::enter(phase next, milliseconds time) {
  phase_ = next;
  deadline_ = clock::now() + time;
}

void connection::wait_for_input() {
  if (waiting_for_input_ || closed_)
    return;
  waiting_for_input_ = true;
  socket_.async_wait(socket_type::wait_read,
                     [self = shared_from_this()](error_code error) { self->on_readable(error); });
}

void connection::on_readable(error_code error) {
  waiting_for_input_ = false;
  if (closed_)
    return;
  std::size_t size = 0;
  if (!error)
    size = socket_.read_some(asio::buffer(around_.scratch), error);
  if (error == asio::error::would_block)
    return wait_for_input();
  if (error == asio::error::eof)
    return on_end_of_input();
  if (error)
    return close();
  // Nothing that comes now will be answered.
  if (phase_ == phase::lingering || phase_ == phase::streaming)
    return wait_for_input();
  if (tls_)
    return unseal({around_.scratch.data(), size});
  input_.append(around_.scratch.data(), size);
  advance();
}

void connection::unseal(std::string_view wire) {
  const auto standing = tls_->take(wire, input_);
  switch (standing) {
    case tls_session::standing::shaking_hands:
      flush();
      return wait_for_input();
    case tls_session::standing::open:
      return advance();
    case tls_session::standing::ended:
      advance();
      return closed_ ? void() : on_end_of_input();
    case tls_session::standing::broken:
      // An alert says why, if the client understands it.
      ending_ = ending::after_flush;
      flush();
      return;
  }
}

void connection::on_end_of_input() {
  if (phase_ == phase::lingering || phase_ == phase::streaming ||
      (backlog() == 0 && phase_ != phase::answering))
    return close();
  // The client has said all it wants to and still listens.
  draining_ = true;
  if (phase_ != phase::answering)
    ending_ = ending::after_flush;
}

void connection::advance() {
  if (advancing_ || closed_)
    return;
  do {
    advancing_ = true;
    try {
      advance_while_possible();
    } catch (...) {
      advancing_ = false;
      throw;
    }
    advancing_ = false;
  } while (flush() && may_take_request() && !unread().empty());
  if (may_take_request() || phase_ == phase::streaming)
    wait_for_input();
}

void connection::advance_while_possible() {
  while (may_take_request() && take_request()) {
  }
}

bool connection::may_take_request() const {
  return !closed_ && ending_ == ending::none && phase_ != phase::answering &&
         phase_ != phase::streaming && phase_ != phase::lingering && backlog() < most_backlog;
}

/// Whether there was a whole request, which is answered or with the engine now.
bool connection::take_request() {
  const bool begins_here = !parser_;
  if (begins_here) {
    // RFC 9112, 2.2: some clients end a body with an empty line that belongs to nothing.
    consumed_ = std::min(input_.find_first_not_of("\r\n", consumed_), input_.size());
    if (unread().empty()) {
      compact();
      return false;
    }
    if (answer_again())
      return true;
    begin_request();
  }
  const auto begin = consumed_;
  if (!parse())
    return false;
  dispatch(begins_here ? std::string_view{input_}.substr(begin, consumed_ - begin)
                       : std::string_view{});
  return true;
}

/// Whether the next request is the last one again, and is answered: what would be read from the
/// same bytes is the same.
bool connection::answer_again() {
  if (!known_ || draining_ || !unread().starts_with(known_->bytes) ||
      !around_.service.answer_standing(known_->asked, outgoing_))
    return false;
  consumed_ += known_->bytes.size();
  return true;
}

/// `bytes` are those of the request; none if they are not at hand any more.
bool connection::answer_standing(const request& asked, std::string_view bytes) {
  if (persistence_ != persistence::keep_alive || draining_)
    return false;
  auto standing = around_.service.recognise(asked);
  if (!standing || !around_.service.answer_standing(*standing, outgoing_))
    return false;
  if (!bytes.empty() && bytes.size() <= longest_known)
    known_ =
        std::make_unique<known_request>(known_request{std::string{bytes}, std::move(*standing)});
  enter(phase::idle, around_.limits.idle_timeout);
  return true;
}

void connection::begin_request() {
  parser_.emplace();
  parser_->header_limit(around_.limits.header_size);
  // Until the target is known, the parser lets pass what any request may have.
  parser_->body_limit(std::max(around_.limits.body_size, around_.limits.hook_size));
  persistence_ = persistence::keep_alive;
  body_rule_ = body_rule::send;
  enter(phase::header, around_.limits.header_timeout);
}

/// Whether the request is complete. It is refused when it cannot become so.
bool connection::parse() {
  while (!parser_->is_done()) {
    if (unread().empty()) {
      compact();
      return false;
    }
    error_code error;
    const auto offered = unread();
    consumed_ += parser_->put(asio::buffer(offered), error);
    if (error == http::error::need_more) {
      compact();
      if (unread().size() > around_.limits.header_size)
        refuse(431, "a line of the request is too long");
      return false;
    }
    if (error) {
      refuse_malformed(error, offered);
      return false;
    }
    if (phase_ == phase::header && parser_->is_header_done())
      on_header();
    if (ending_ != ending::none)
      return false;
  }
  return true;
}

void connection::on_header() {
  enter(phase::body, around_.limits.body_timeout);
  const auto& head = parser_->get();
  switch (framing_of(head)) {
    case framing::clear:
      break;
    case framing::unclear:
      return refuse(400,
                    "it is not certain where the request ends: its last transfer coding must "
                    "be 'chunked', and HTTP/1.0 has none");
    case framing::unknown_coding:
      return refuse(501, "the only transfer coding that this node reads is 'chunked'");
  }
  const auto most = is_hook(head.target()) ? around_.limits.hook_size : around_.limits.body_size;
  if (parser_->content_length().value_or(0) > most)
    return refuse(413, "the body of the request is too large");
  parser_->body_limit(most);
  body_rule_ = head.method() == http::verb::head ? body_rule::leave_out : body_rule::send;
  const auto expected = head[http::field::expect];
  if (expected.empty() || head.version() < 11)
    return;
  if (!boost::beast::iequals(expected, "100-continue"))
    return refuse(417, "the only expectation this node meets is '100-continue'");
  if (!parser_->is_done() && unread().empty())
    outgoing_.append("HTTP/1.1 100 Continue\r\n\r\n");
}

void connection::dispatch(std::string_view bytes) {
  auto asked = read_request(parser_->get());
  asked.from = from_;
  asked.client = client_;
  persistence_ = persistence_of(parser_->get());
  parser_.reset();
  if (answer_standing(asked, bytes))
    return;
  compact();
  const auto ticket = ++ticket_;
  enter(phase::answering, around_.limits.answer_timeout);
  auto taken =
      around_.service.handle(std::move(asked), [weak = weak_from_this(), ticket](reply result) {
        if (const auto self = weak.lock())
          self->answer_with(ticket, result);
      });
  if (phase_ != phase::answering)
    return;
  deadline_ += taken.patience;
  give_up_ = std::move(taken.give_up);
}

void connection::answer_with(std::uint64_t ticket, const reply& result) {
  if (closed_ || phase_ != phase::answering || ticket != ticket_)
    return;
  give_up_ = nullptr;
  append(result);
  if (events_)
    enter(phase::streaming, heartbeat);
  else
    enter(phase::idle, around_.limits.idle_timeout);
  advance();
}

void connection::append(const reply& result) {
  const bool has_no_end = result.events && body_rule_ == body_rule::send && !draining_;
  if (has_no_end)
    events_ = result.events;
  // What has no length ends with the connection.
  if (draining_ || has_no_end)
    persistence_ = persistence::close;
  if (persistence_ == persistence::close && !has_no_end)
    ending_ = ending::after_flush;
  write(outgoing_, result, persistence_, body_rule_,
        around_.service.date().at(std::chrono::system_clock::now()));
}

void connection::refuse(unsigned status, std::string_view detail) {
  persistence_ = persistence::close;
  append(around_.service.refuse(status, detail));
  parser_.reset();
  enter(phase::idle, around_.limits.idle_timeout);
}

void connection::refuse_malformed(error_code error, std::string_view offered) {
  if (error == http::error::header_limit)
    return refuse(431, "the header of the request is too large");
  if (error == http::error::body_limit)
    return refuse(413, "the body of the request is too large");
  if (error == http::error::bad_version && names_foreign_version(offered))
    return refuse(505, "this node speaks HTTP/1.0 and HTTP/1.1");
  refuse(400, "the request is no HTTP: " + error.message());
}

/// Whether there was something to write, and all of it has been written.
bool connection::flush() {
  if (closed_ || is_writing())
    return false;
  fill_writing();
  if (writing_.empty()) {
    if (ending_ == ending::after_flush && phase_ != phase::lingering)
      linger();
    return false;
  }
  // Nearly always there is room for all of it: no need to come back for the outcome.
  error_code error;
  const auto size = socket_.write_some(asio::buffer(writing_), error);
  if (error && error != asio::error::would_block) {
    close();
    return false;
  }
  if (size == writing_.size()) {
    written();
    return true;
  }
  write_deadline_ = clock::now() + around_.limits.idle_timeout;
  asio::async_write(
      socket_, asio::buffer(writing_) + size,
      [self = shared_from_this()](error_code failure, std::size_t) { self->on_written(failure); });
  return false;
}

void connection::written() {
  empty(writing_);
  if (phase_ == phase::idle)
    enter(phase::idle, around_.limits.idle_timeout);
  if (outgoing_.empty() && ending_ == ending::after_flush && phase_ != phase::lingering)
    linger();
}

void connection::fill_writing() {
  if (!tls_)
    return writing_.swap(outgoing_);
  tls_->seal(outgoing_);
  empty(outgoing_);
  writing_ = tls_->pending();
}

void connection::write_news() {
  news_ = events_->take();
  if (!news_)
    return;
  if (tls_) {
    outgoing_.append(*std::exchange(news_, nullptr));
    enter(phase::streaming, heartbeat);
    flush();
    return;
  }
  write_deadline_ = clock::now() + around_.limits.idle_timeout;
  enter(phase::streaming, heartbeat);
  asio::async_write(
      socket_, asio::buffer(*news_),
      [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
}

void connection::on_written(error_code error) {
  empty(writing_);
  news_ = nullptr;
  if (closed_)
    return;
  if (error)
    return close();
  if (phase_ == phase::idle)
    enter(phase::idle, around_.limits.idle_timeout);
  advance();
}

void connection::linger() {
  error_code ignored;
  if (tls_) {
    tls_->end();
    socket_.write_some(asio::buffer(tls_->pending()), ignored);
  }
  socket_.shutdown(socket_type::shutdown_send, ignored);
  input_ = {};
  consumed_ = 0;
  enter(phase::lingering, std::min(longest_linger, around_.limits.idle_timeout));
  wait_for_input();
}

void connection::compact() {
  input_.erase(0, consumed_);
  consumed_ = 0;
  if (input_.empty())
    empty(input_);
}

}  // namespace headway::gateway
