#include <new>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <actors/gateway/tls.hpp>
#include <messages/error.hpp>
#include <storage/git/secret_file.hpp>

namespace headway::gateway {

namespace {

constexpr unsigned char protocols[] = "\x08http/1.1";

struct free_bio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct free_key {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

/// What OpenSSL has to say, and forgets then.
std::string last_words() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason ? reason : "unknown error";
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, protocols, sizeof protocols - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

/// Never asks a person for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

caf::error use_key(SSL_CTX* context, const std::string& path) {
  auto text = git::read_secret_file(path, "http.tls_key");
  if (!text)
    return text.error();
  const std::unique_ptr<BIO, free_bio> bytes{
      BIO_new_mem_buf(text->data(), static_cast<int>(text->size()))};
  const std::unique_ptr<EVP_PKEY, free_key> key{
      PEM_read_bio_PrivateKey(bytes.get(), nullptr, no_passphrase, nullptr)};
  OPENSSL_cleanse(text->data(), text->size());
  if (!key)
    return make_error(ec::config, "http.tls_key: " + path +
                                      " holds no private key in PEM form without a passphrase (" +
                                      last_words() + ")");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return make_error(
        ec::config,
        "http.tls_key: " + path + " is not the key of http.tls_certificate (" + last_words() + ")");
  return {};
}

}  // namespace

caf::expected<tls_identity> tls_identity::load(const std::string& certificate,
                                               const std::string& key) {
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (!context)
    return make_error(ec::internal, "OpenSSL does not start: " + last_words());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle session owns no record buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1)
    return make_error(ec::config, "http.tls_certificate: " + certificate +
                                      " cannot be read as a certificate in PEM form (" +
                                      last_words() + ")");
  if (auto error = use_key(context.get(), key))
    return error;
  return tls_identity{context};
}

void tls_session::free_ssl::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

tls_session::tls_session(const tls_identity& identity) : ssl_(SSL_new(identity.context())) {
  auto* const in = BIO_new(BIO_s_mem());
  auto* const out = BIO_new(BIO_s_mem());
  if (!ssl_ || !in || !out) {
    BIO_free(in);
    BIO_free(out);
    throw std::bad_alloc{};
  }
  SSL_set_bio(ssl_.get(), in, out);
  SSL_set_accept_state(ssl_.get());
}

tls_session::~tls_session() = default;

tls_session::standing tls_session::take(std::string_view wire, std::string& plain) {
  ERR_clear_error();
  BIO_write(SSL_get_rbio(ssl_.get()), wire.data(), static_cast<int>(wire.size()));
  char piece[4096];
  for (;;) {
    const auto size = SSL_read(ssl_.get(), piece, sizeof piece);
    if (size > 0) {
      plain.append(piece, static_cast<std::size_t>(size));
      continue;
    }
    switch (SSL_get_error(ssl_.get(), size)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return SSL_is_init_finished(ssl_.get()) ? standing::open : standing::shaking_hands;
      case SSL_ERROR_ZERO_RETURN:
        return standing::ended;
      default:
        ERR_clear_error();
        return standing::broken;
    }
  }
}

void tls_session::seal(std::string_view plain) {
  ERR_clear_error();
  // A memory buffer takes everything at once.
  if (!plain.empty())
    SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
}

void tls_session::end() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_.get()))
    SSL_shutdown(ssl_.get());
}

std::string tls_session::pending() {
  auto* const out = SSL_get_wbio(ssl_.get());
  std::string bytes(BIO_ctrl_pending(out), '\0');
  if (!bytes.empty())
    BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

}  // namespace headway::gateway
