/// One question to one remote over HTTP(S), and what came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <messages/error.hpp>
#include <messages/fetch.hpp>

namespace headway::remote {

struct login {
  std::string username;
  std::string password;

  friend bool operator==(const login&, const login&) = default;
};

enum class certificate_check { on, off };

/// What git's http.* settings make of a request.
struct http_options {
  std::optional<std::string> proxy;  ///< Nothing: as the environment says; empty: none.
  std::string ca_file;               ///< Empty: those of the system.
  certificate_check certificates = certificate_check::on;
  std::vector<std::string> headers;  ///< "Name: value"; may hold secrets.
  std::string user_agent;            ///< Empty: ours.
  address_rule addresses = address_rule::any;

  friend bool operator==(const http_options&, const http_options&) = default;
};

struct http_probe {
  std::string url;                ///< http or https, without user information and query.
  std::vector<std::string> refs;  ///< Full names of the refs that matter.
  std::optional<login> who;       ///< Nothing: netrc, if that has the host.
  http_options options;
  std::chrono::milliseconds deadline{30'000};
};

/// Where the time went; each counted from the start of the step. Zero on a connection that was
/// there.
struct http_timing {
  std::chrono::microseconds dns{};
  std::chrono::microseconds connect{};
  std::chrono::microseconds tls{};
  std::chrono::microseconds total{};
};

/// What the network had to do with it.
struct http_traffic {
  unsigned requests = 0;
  unsigned connections = 0;  ///< Opened for this.
  std::uint64_t sent = 0;    ///< Bytes of requests and answers, headers included.
  std::uint64_t received = 0;
};

struct http_result {
  enum class ending {
    answered,
    unauthorized,  ///< The login, or its absence, was refused: another may do.
    left_to_git,   ///< Needs what only git can do; `error` says what.
    failed,
    cancelled,
  };
  ending how = ending::failed;
  advertised_refs refs;  ///< At least those asked for that exist there.
  ec code = ec::none;
  std::string error;  ///< For a person: "answered 503"; without secrets.
  host_sign host = host_sign::none;
  std::optional<std::chrono::seconds> retry_after;  ///< As the server asks.
  http_timing timing;
  http_traffic traffic;
};

}  // namespace headway::remote
