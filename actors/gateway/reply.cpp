#include <actors/gateway/reply.hpp>

// Beast 1.81 writes a status to a stream whose type it only declares.
#include <ostream>

#include <boost/beast/http/status.hpp>

namespace headway::gateway {

namespace {

/// RFC 9110, 8.6: these must not carry a Content-Length, or would announce one of another document.
bool has_no_content(unsigned status) {
  return status == 204 || status == 304;
}

void write_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void write_connection(std::string& out, persistence connection) {
  if (connection == persistence::close)
    write_field(out, "Connection", "close");
  else if (connection == persistence::keep_alive_http10)
    write_field(out, "Connection", "keep-alive");
}

}  // namespace

reply json_reply(unsigned status, std::string body) {
  return {status, "application/json", std::move(body), {}};
}

std::string_view phrase_of(unsigned status) {
  const auto phrase =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {phrase.data(), phrase.size()};
}

void write(std::string& out, const reply& what, persistence connection, body_rule body,
           std::string_view date) {
  out.reserve(out.size() + what.body.size() + 512);
  out.append("HTTP/1.1 ").append(std::to_string(what.status)).append(" ");
  out.append(phrase_of(what.status)).append("\r\n");
  write_field(out, "Date", date);
  if (!has_no_content(what.status)) {
    if (!what.content_type.empty())
      write_field(out, "Content-Type", what.content_type);
    if (!what.events)
      write_field(out, "Content-Length", std::to_string(what.body.size()));
  }
  write_field(out, "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : what.fields)
    write_field(out, name, value);
  write_connection(out, connection);
  out.append("\r\n");
  if (body == body_rule::send && !has_no_content(what.status))
    out.append(what.body);
}

}  // namespace headway::gateway
