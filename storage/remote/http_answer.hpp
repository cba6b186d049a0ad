/// What an HTTP answer means for a probe. Plain functions. Private to storage/remote.
#pragma once

#include <string>
#include <string_view>

#include <messages/error.hpp>
#include <messages/fetch.hpp>
#include <storage/remote/http_probe.hpp>

namespace headway::remote {

/// What came back for one request.
struct http_answer {
  long status = 0;
  std::string content_type;  ///< As sent, parameters included.
  std::string location;      ///< Where a redirect leads, absolute; empty when there is none.
  std::string_view body;
  enum class challenge { none, password, other };
  challenge wants = challenge::none;  ///< Of a 401: what kind of login would do.
};

/// What has to be done next.
struct verdict {
  enum class step {
    answered,  ///< `refs` is what the server has.
    /// The server may not speak version 2: see what it says of itself. `code` and `error` are those
    /// of one that does.
    ask_info_refs,
    follow,     ///< The same again at `url`, which is on the same host.
    ask_again,  ///< It does speak version 2, at the address that was led to.
    unauthorized,
    left_to_git,
    failed,
  };
  step next = step::failed;
  advertised_refs refs;
  std::string url;
  ec code = ec::none;
  std::string error;
  host_sign host = host_sign::none;
};

/// Of the POST that asks for refs in version 2.
verdict judge_refs_answer(const http_answer& answer);

/// Of the GET of `url`/info/refs that shows which version a server speaks.
enum class moved { no, yes };
verdict judge_info_answer(const http_answer& answer, std::string_view url,
                          moved from_first_address);

/// Whether a redirect from `from` to `to` stays with the host: same scheme, host and port, or the
/// same host by https instead of http.
bool same_host(std::string_view from, std::string_view to);

/// The address of the repository behind an address of its info/refs; empty when it is none.
std::string repository_of(std::string_view info_refs_url);

std::string info_refs_url(std::string_view url);
std::string upload_pack_url(std::string_view url);

}  // namespace headway::remote
