/// HTTP requests to a node, many at once on kept-alive connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include <tools/client/access.hpp>
#include <tools/survey/bounded_calls.hpp>

namespace headway::tools {

struct http_call {
  std::string method = "GET";
  std::string target;  ///< Path and query, percent-encoded.
  std::string body;    ///< JSON; empty: none.
  std::string if_none_match;
  /// The node may take this long before it answers, beyond the usual.
  std::chrono::milliseconds wait{0};
};

struct http_answer {
  long status = 0;
  std::string body;
  std::string etag;
};

/// Not thread-safe. Blocks.
class http_client {
 public:
  /// `invalid_argument` unless `url` is "http://HOST[:PORT]", the like with https, or
  /// "unix:/PATH". User information in it is refused: it would end up in lists of processes; and so
  /// is a token that would travel in the clear to another machine. `interrupted` is asked at least
  /// every 100 ms while a call runs that has no watch of its own; may be empty.
  static caf::expected<http_client> connect_to(const std::string& url,
                                               std::function<pace()> interrupted = {},
                                               node_access access = {});
  http_client(http_client&&) noexcept;
  http_client& operator=(http_client&&) noexcept;
  ~http_client();

  /// The address without a slash at its end.
  const std::string& url() const noexcept;

  using answers = std::vector<caf::expected<http_answer>>;
  using call_watch = std::function<pace(std::size_t done_so_far)>;

  /// Answers in the order of `calls`. An error means that no answer came: `network`,
  /// `deadline_exceeded`, or `cancelled` after `watch`, which is called at least every 100 ms, said
  /// stop. Then no further call is made, and those on their way are waited for `patience` long: for
  /// whoever must know what they have begun.
  answers perform(const std::vector<http_call>& calls, const call_watch& watch,
                  std::chrono::milliseconds patience = {});
  caf::expected<http_answer> perform(http_call call);

  /// Reads an answer without end: `take` gets what comes, `glance` is called at least every 100 ms,
  /// and at once when `descriptor` has input; it may perform calls. Ends without an error when
  /// `glance` says stop; `network` when the answer ends before, and what the node says when there
  /// is none.
  caf::error follow(const std::string& target, int descriptor,
                    const std::function<void(std::string_view)>& take,
                    const std::function<pace()>& glance);

 private:
  struct impl;
  explicit http_client(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

/// `text` as one segment of a path.
std::string encode_segment(const std::string& text);

}  // namespace headway::tools
