#include <actors/gateway/access_rules.hpp>

#include <boost/url/authority_view.hpp>
#include <boost/url/grammar/ci_string.hpp>
#include <boost/url/host_type.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <actors/gateway/problem.hpp>

namespace headway::gateway {

namespace {

namespace urls = boost::urls;

bool is_address(urls::host_type type) {
  return type == urls::host_type::ipv4 || type == urls::host_type::ipv6;
}

/// The host and port that an Origin names; nothing for "null" and nonsense.
std::optional<std::string> authority_of_origin(std::string_view origin) {
  const auto url = urls::parse_uri(origin);
  if (!url || !url->has_authority() || !url->encoded_path().empty())
    return std::nullopt;
  return std::string{url->encoded_authority()};
}

bool same_text(std::string_view a, std::string_view b) { return urls::grammar::ci_is_equal(a, b); }

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
  const auto parsed = urls::parse_authority(host);
  if (!parsed || parsed->has_userinfo())
    return problem(400, "the Host field is no host with an optional port", instance);
  if (where_ == exposure::network || is_address(parsed->host_type()))
    return std::nullopt;
  const auto name = std::string{parsed->encoded_host()};
  if (same_text(name, "localhost") || same_text(name, bound_))
    return std::nullopt;
  return problem(421,
                 "this node does not answer for that host name; use its address or 'localhost'",
                 instance);
}

}  // namespace headway::gateway
