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

/// Whether a stream of HTTP/2 broke, so that the same is to be asked over HTTP/1.1: a server that
/// refuses a request before it has read all of it takes curl 7.88 by surprise. That also looks like
/// an answer that is cut short, even before its first header.
bool is_broken_stream(CURL* easy, CURLcode code);

/// Whether an answer was cut short behind a status that says what there is to say. A server that
/// refuses a request before it has read all of it may end the connection under its own words.
bool is_cut_refusal(CURL* easy, CURLcode code);

/// libcurl's words, without line breaks and secrets.
std::string words_of(CURLcode code, const char* buffer);

/// Where the time of a request went.
http_timing timing_of(CURL* easy);

}  // namespace headway::remote
