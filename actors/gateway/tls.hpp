/// TLS without sockets: bytes of the wire in, plain bytes out, and back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

// OpenSSL's own names; its headers stay behind tls.cpp.
struct ssl_ctx_st;
struct ssl_st;

namespace headway::gateway {

/// What a node shows to those who connect: TLS 1.2 and 1.3. Sessions keep it alive.
class tls_identity {
 public:
  /// `config` when the files cannot be read, hold no certificate and key (PEM), do not belong
  /// together, or when everybody may read the key.
  static caf::expected<tls_identity> load(const std::string& certificate, const std::string& key);

  ssl_ctx_st* context() const noexcept { return context_.get(); }

 private:
  explicit tls_identity(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}

  std::shared_ptr<ssl_ctx_st> context_;
};

using tls_identity_ptr = std::shared_ptr<const tls_identity>;

/// The node's end of one connection. Not thread-safe.
class tls_session {
 public:
  explicit tls_session(const tls_identity& identity);
  ~tls_session();
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;

  enum class standing : std::uint8_t {
    shaking_hands,
    open,
    ended,   ///< The client has said that nothing follows.
    broken,  ///< What it sends is no TLS, or none that is spoken here.
  };

  /// Takes what has arrived and appends to `plain` what it says.
  standing take(std::string_view wire, std::string& plain);
  /// Takes what is to be sent. REQUIRES: the session has been open.
  void seal(std::string_view plain);
  /// Announces that nothing follows.
  void end();
  /// What is to be put on the wire now; gone from here afterwards.
  std::string pending();

 private:
  struct free_ssl {
    void operator()(ssl_st* ssl) const;
  };

  std::unique_ptr<ssl_st, free_ssl> ssl_;
};

}  // namespace headway::gateway
