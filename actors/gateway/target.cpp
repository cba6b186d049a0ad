#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include <actors/gateway/target.hpp>
#include <messages/error.hpp>

namespace headway::gateway {

namespace {

namespace urls = boost::urls;

target take_apart(const urls::url_view& url) {
  target result;
  result.path = std::string{url.encoded_path()};
  for (const auto& segment : url.segments())
    result.segments.emplace_back(segment);
  if (url.has_query() && !url.encoded_query().empty())
    for (const auto& parameter : url.params())
      result.parameters.emplace_back(parameter.key, parameter.value);
  return result;
}

}  // namespace

caf::expected<target> parse_target(std::string_view text) {
  if (text.starts_with('/')) {
    if (const auto url = urls::parse_origin_form(text))
      return take_apart(*url);
  } else if (const auto url = urls::parse_absolute_uri(text); url && url->has_authority()) {
    auto result = take_apart(*url);
    result.authority = std::string{url->encoded_authority()};
    return result;
  }
  return make_error(ec::invalid_argument,
                    "the request target is neither a path nor an absolute URL; check its "
                    "percent-encoding");
}

std::string encode_segment(std::string_view text) {
  return urls::encode(text, urls::unreserved_chars);
}

}  // namespace headway::gateway
