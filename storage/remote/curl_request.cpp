#include <algorithm>
#include <chrono>

#include <messages/url.hpp>
#include <storage/remote/address_guard.hpp>
#include <storage/remote/curl_request.hpp>

namespace headway::remote {

namespace {

constexpr std::chrono::milliseconds connect_patience{20'000};
constexpr const char* own_user_agent = "git/headway";

}  // namespace

void configure(CURL* easy, const http_options& options, const std::optional<login>& who) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A look-up of a name that hangs must not hold up the one who cancels it.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_patience.count()));
  const long check = options.certificates == certificate_check::on ? 1 : 0;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, check);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2 * check);
  if (!options.ca_file.empty())
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  if (options.addresses == address_rule::public_only)
    connect_to_public_addresses_only(easy, nullptr);
  if (options.proxy)
    curl_easy_setopt(easy, CURLOPT_PROXY, options.proxy->c_str());
  curl_easy_setopt(easy, CURLOPT_USERAGENT,
                   options.user_agent.empty() ? own_user_agent : options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPAUTH, long{CURLAUTH_BASIC});
  if (!who) {
    curl_easy_setopt(easy, CURLOPT_NETRC, long{CURL_NETRC_OPTIONAL});
    return;
  }
  curl_easy_setopt(easy, CURLOPT_USERNAME, who->username.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, who->password.c_str());
}

void add_headers(header_list& headers, const http_options& options) {
  headers.add("Git-Protocol: version=2");
  for (const auto& line : options.headers)
    headers.add(line);
}

void add_post_headers(header_list& headers) {
  headers.add("Content-Type: application/x-git-upload-pack-request");
  headers.add("Accept: application/x-git-upload-pack-result");
  // A large request would otherwise wait for a permission that few servers give.
  headers.add("Expect:");
}

trouble trouble_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {ec::network, host_sign::ill};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ec::remote, host_sign::ill};
    case CURLE_SSL_CACERT_BADFILE:
      return {ec::config, host_sign::none};
    default:
      return {ec::remote, host_sign::none};
  }
}

bool is_broken_stream(CURL* easy, CURLcode code) {
  // Without any header no version is known; over HTTP/1.1 that would be an answer of nothing.
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  return code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM ||
         (code == CURLE_PARTIAL_FILE && (version == 0 || version == long{CURL_HTTP_VERSION_2_0}));
}

bool is_cut_refusal(CURL* easy, CURLcode code) {
  constexpr long first_of_refusals = 400;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR) && status >= first_of_refusals;
}

std::string words_of(CURLcode code, const char* buffer) {
  std::string text{buffer[0] != '\0' ? buffer : curl_easy_strerror(code)};
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return redact(text);
}

http_timing timing_of(CURL* easy) {
  const auto at = [easy](CURLINFO which) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, which, &value);
    return std::chrono::microseconds{value};
  };
  const auto resolved = at(CURLINFO_NAMELOOKUP_TIME_T);
  const auto connected = std::max(at(CURLINFO_CONNECT_TIME_T), resolved);
  const auto secured = std::max(at(CURLINFO_APPCONNECT_TIME_T), connected);
  return {.dns = resolved,
          .connect = connected - resolved,
          .tls = secured - connected,
          .total = at(CURLINFO_TOTAL_TIME_T)};
}

}  // namespace headway::remote
