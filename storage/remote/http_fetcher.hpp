/// Long answers over HTTP(S), taken while they come in, on the thread of the one who waits for
/// them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <messages/error.hpp>
#include <messages/fetch.hpp>
#include <storage/remote/http_probe.hpp>

struct pollfd;

namespace headway::remote {

/// A request to a repository's git-upload-pack.
struct http_question {
  std::string url;           ///< Of the repository: http or https, without user information.
  std::optional<login> who;  ///< Nothing: netrc, if that has the host.
  http_options options;
  std::string body;
  /// How long an answer may stand still, or a pack come in at less than 1 KiB a second.
  std::chrono::seconds patience{30};
};

/// One request and what comes back. Ends with its fetcher at the latest; ending it early gives up
/// the connection.
class http_exchange {
 public:
  virtual ~http_exchange() = default;

  /// Nothing more comes.
  virtual bool ended() const = 0;
  /// An answer of the right kind is coming in, or has: 200, and Git's type.
  virtual bool accepted() const = 0;
  /// What has come in of it and was not taken. When a mebibyte waits, the sender is held up.
  virtual std::string_view body() const = 0;
  virtual void take(std::size_t count) = 0;

  enum class ending {
    whole,
    unauthorized,  ///< Another login may do.
    left_to_git,   ///< May need what only git can do; `error` says what, `code` if it does not.
    failed,
  };
  /// The rest REQUIRES `ended()`.
  virtual ending how() const = 0;
  virtual ec code() const = 0;
  virtual std::string error() const = 0;  ///< For a person: "answered 503"; without secrets.
  virtual host_sign host() const = 0;
  virtual std::optional<std::chrono::milliseconds> retry_after() const = 0;
  virtual http_timing timing() const = 0;
};

/// Keeps connections and sessions of TLS from one exchange to the next. One thread at a time.
class http_fetcher {
 public:
  http_fetcher();
  ~http_fetcher();
  http_fetcher(const http_fetcher&) = delete;
  http_fetcher& operator=(const http_fetcher&) = delete;

  std::unique_ptr<http_exchange> ask(http_question question);

  /// Waits until something has happened to an exchange or to one of `events` (as poll(2); entries
  /// with a negative descriptor are passed over), at most `timeout`, and lets all exchanges go on.
  void wait(std::span<pollfd> events, std::chrono::milliseconds timeout);

 private:
  class connections;
  class exchange;
  static bool go_on(void* multi);
  std::shared_ptr<connections> connections_;
};

}  // namespace headway::remote
