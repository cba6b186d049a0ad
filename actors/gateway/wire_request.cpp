#include <algorithm>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <actors/gateway/wire_request.hpp>

namespace headway::gateway {

namespace {

namespace http = boost::beast::http;

verb verb_of(http::verb method) {
  switch (method) {
    case http::verb::get:
      return verb::get;
    case http::verb::head:
      return verb::head;
    case http::verb::post:
      return verb::post;
    case http::verb::delete_:
      return verb::remove;
    default:
      return verb::other;
  }
}

std::optional<std::string> field_of(const wire_request& message, http::field name) {
  const auto found = message.find(name);
  if (found == message.end())
    return std::nullopt;
  return std::string{found->value()};
}

std::optional<std::string> list_of(const wire_request& message, http::field name) {
  std::optional<std::string> joined;
  const auto [begin, end] = message.equal_range(name);
  for (auto at = begin; at != end; ++at) {
    joined = joined ? *joined + ", " : std::string{};
    joined->append(at->value());
  }
  return joined;
}

constexpr std::string_view chunked = "chunked";

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

hook_fields hook_fields_of(const wire_request& message) {
  hook_fields result;
  for (const auto& field : message) {
    std::string name{field.name_string()};
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    });
    if (is_hook_field(name))
      result.emplace_back(std::move(name), std::string{field.value()});
  }
  return result;
}

}  // namespace

request read_request(wire_request& message) {
  request asked;
  asked.method = verb_of(message.method());
  asked.target = std::string{message.target()};
  asked.host_required = message.version() >= 11;
  asked.host_count = message.count(http::field::host);
  asked.host = field_of(message, http::field::host).value_or("");
  asked.origin = field_of(message, http::field::origin);
  asked.authorization = field_of(message, http::field::authorization);
  asked.content_type = field_of(message, http::field::content_type);
  asked.if_none_match = list_of(message, http::field::if_none_match);
  asked.accept_encoding = list_of(message, http::field::accept_encoding);
  if (const auto id = message.find("Last-Event-ID"); id != message.end())
    asked.last_event_id = std::string{id->value()};
  if (const auto id = message.find("X-Request-Id"); id != message.end())
    asked.id = std::string{id->value()};
  if (is_hook(asked.target))
    asked.hooks = hook_fields_of(message);
  asked.body = std::move(message.body());
  return asked;
}

framing framing_of(const wire_request& head) {
  const auto codings = list_of(head, http::field::transfer_encoding);
  if (!codings)
    return framing::clear;
  const auto last = trimmed(std::string_view{*codings}.substr(codings->rfind(',') + 1));
  if (head.version() < 11 || !boost::beast::iequals(last, chunked))
    return framing::unclear;
  return boost::beast::iequals(*codings, chunked) ? framing::clear : framing::unknown_coding;
}

persistence persistence_of(const wire_request& message) {
  if (!message.keep_alive())
    return persistence::close;
  return message.version() < 11 ? persistence::keep_alive_http10 : persistence::keep_alive;
}

}  // namespace headway::gateway
