/// What every request to a remote has in common. Private to storage/remote.
#pragma once

#include <optional>
#include <string>

#include <messages/error.hpp>
#include <messages/fetch.hpp>
#include <storage/remote/curl_handles.hpp>
#include <storage/remote/http_probe.hpp>

namespace headway::remote {

/// Sets protocols, proxy, certificates, agent and login. The strings are copied.
void configure(CURL* easy, const http_options& options, const std::optional<login>& who);

/// "Git-Protocol: version=2", and what the settings add.
void add_headers(header_list& headers, const http_options& options);
/// Of a request to a server's git-upload-pack.
void add_post_headers(header_list& headers);

/// What a transfer that did not end in an HTTP answer says.
struct trouble {
  ec code;
  host_sign host;
};
trouble trouble_of(CURLcode code);

/// libcurl's words, without line breaks and secrets.
std::string words_of(CURLcode code, const char* buffer);

/// Where the time of a request went.
http_timing timing_of(CURL* easy);

}  // namespace headway::remote
