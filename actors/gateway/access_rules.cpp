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
    if (auto refused = host_refusal(host, instance))
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

std::optional<reply> access_rules::host_refusal(std::string_view host,
                                                std::string_view instance) const {
  const auto name = host_in(host);
  if (!name)
    return problem(400, "the Host field is no host with an optional port", instance);
  if (where_ == exposure::network || is_address(*name))
    return std::nullopt;
  if (same_text(*name, "localhost") || same_text(*name, bound_))
    return std::nullopt;
  return problem(421,
                 "this node does not answer for that host name; use its address or 'localhost'",
                 instance);
}

}  // namespace headway::gateway
