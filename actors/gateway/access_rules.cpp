#include <algorithm>

#include <boost/asio/ip/address.hpp>
#include <boost/url/grammar/ci_string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <actors/gateway/access_rules.hpp>
#include <actors/gateway/problem.hpp>

namespace headway::gateway {

namespace {

namespace urls = boost::urls;

constexpr std::string_view digits = "0123456789";
constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

bool consists_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_address(std::string_view text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

/// The host in "host", "host:port", "[address]" and "[address]:port", without brackets; nothing
/// when it is none of them. (Boost.URL 1.81 does not take names that begin with an address, such as
/// "10.0.0.1.nip.example".)
std::optional<std::string_view> host_in(std::string_view field) {
  const bool bracketed = field.starts_with('[');
  const auto end = std::min(bracketed ? field.find(']') : field.rfind(':'), field.size());
  if (bracketed && end == field.size())
    return std::nullopt;
  const auto host = bracketed ? field.substr(1, end - 1) : field.substr(0, end);
  const auto port = field.substr(bracketed ? end + 1 : end);
  const bool port_is_good = port.empty() || (port.front() == ':' && port.size() <= 6 &&
                                             consists_of(port.substr(1), digits));
  const bool host_is_good = bracketed ? is_address(host) : consists_of(host, name_characters);
  if (!port_is_good || !host_is_good)
    return std::nullopt;
  return host;
}

/// The host and port that an Origin names; nothing for "null" and nonsense.
std::optional<std::string> authority_of_origin(std::string_view origin) {
  const auto url = urls::parse_uri(origin);
  if (!url || !url->has_authority() || !url->encoded_path().empty())
    return std::nullopt;
  return std::string{url->encoded_authority()};
}

/// RFC 6750, 3: what was wrong with the token, in words for programs.
reply challenge(unsigned status, std::string_view error, std::string_view detail,
                std::string_view instance) {
  auto result = problem(status, detail, instance);
  auto field = std::string{"Bearer realm=\"headway\""};
  if (!error.empty())
    field.append(", error=\"").append(error).append("\"");
  result.fields.emplace_back("WWW-Authenticate", std::move(field));
  return result;
}

bool same_text(std::string_view a, std::string_view b) {
  return urls::grammar::ci_is_equal(a, b);
}

}  // namespace

std::optional<reply> access_rules::refusal(const request& asked,
                                           const std::optional<std::string>& authority,
                                           std::string_view instance) const {
  if (asked.host_count > 1)
    return problem(400, "the request has several Host fields; send one", instance);
  if (asked.host_count == 0 && asked.host_required)
    return problem(400, "the request has no Host field; HTTP/1.1 wants one", instance);
  const std::string& host = authority ? *authority : asked.host;
  if (asked.host_count == 1 || authority)
    if (auto refused = host_refusal(asked.from, host, instance))
      return refused;
  if (asked.method == verb::get || asked.method == verb::head || !asked.origin)
    return std::nullopt;
  const auto from = authority_of_origin(*asked.origin);
  if (!from || !same_text(*from, host))
    return problem(403,
                   "the request comes from a page of another site; only pages of this node may "
                   "change anything",
                   instance);
  return std::nullopt;
}

std::optional<reply> access_rules::denial(const request& asked, audience whom,
                                          std::string_view instance) const {
  const auto token = bearer_token(asked.authorization);
  const auto scope = token && tokens_ ? tokens_->scope_of(*token) : std::nullopt;
  // Wherever it comes from: who sends a token wants to know that it is wrong.
  if (token && !scope)
    return challenge(401, "invalid_token", "the node knows no such token", instance);
  if (asked.from != exposure::network || whom == audience::anyone)
    return std::nullopt;
  if (whom == audience::readers && (scope || !tokens_ || !tokens_->guards_reads()))
    return std::nullopt;
  if (whom == audience::writers && scope == token_scope::write)
    return std::nullopt;
  if (scope)
    return challenge(403, "insufficient_scope",
                     "this token reads; changing anything needs one "
                     "that writes",
                     instance);
  // A challenge would make people look for a token that there is not.
  if (!tokens_)
    return problem(403,
                   "only this machine may change anything, since the node has no http.tokens_file",
                   instance);
  return challenge(401, "", "this needs a token: 'Authorization: Bearer …'", instance);
}

std::optional<reply> access_rules::host_refusal(exposure from, std::string_view host,
                                                std::string_view instance) const {
  const auto name = host_in(host);
  if (!name)
    return problem(400, "the Host field is no host with an optional port", instance);
  // No browser speaks to a Unix socket.
  if (from == exposure::unix_socket || is_address(*name) || same_text(*name, "localhost"))
    return std::nullopt;
  if (from == exposure::network && hosts_.empty())
    return std::nullopt;
  if (std::ranges::any_of(hosts_, [&](const auto& known) { return same_text(*name, known); }))
    return std::nullopt;
  return problem(421,
                 "this node does not answer for that host name; use its address or 'localhost', "
                 "or add the name to http.allowed_hosts",
                 instance);
}

}  // namespace headway::gateway
