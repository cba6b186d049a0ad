#include <algorithm>

#include <boost/url/grammar/ci_string.hpp>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <actors/gateway/token_book.hpp>
#include <messages/error.hpp>
#include <storage/git/secret_file.hpp>

namespace headway::gateway {

namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::string_view token_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_token(std::string_view text) {
  return text.size() >= 16 && text.size() <= 512 &&
         text.find_first_not_of(token_characters) == text.npos;
}

std::optional<token_scope> scope_named(std::string_view word) {
  if (word == "read")
    return token_scope::read;
  if (word == "write")
    return token_scope::write;
  return std::nullopt;
}

}  // namespace

caf::expected<token_book> token_book::parse(std::string_view text) {
  token_book book;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#'))
      continue;
    const auto blank = std::min(line.find_first_of(blanks), line.size());
    const auto scope = scope_named(line.substr(0, blank));
    const auto token = trimmed(line.substr(blank));
    if (!scope || !is_token(token))
      return make_error(ec::config,
                        "line " + std::to_string(number) +
                            " is neither 'read TOKEN' nor 'write TOKEN' with a token of 16 to 512 "
                            "letters, digits and -._~+/= (openssl rand -hex 32 makes one)");
    book.entries_.push_back({*scope, digest_of(token)});
    book.guards_reads_ = book.guards_reads_ || *scope == token_scope::read;
  }
  return book;
}

caf::expected<token_book> token_book::load(const std::string& path) {
  auto text = git::read_secret_file(path, "http.tokens_file");
  if (!text)
    return text.error();
  auto book = parse(*text);
  OPENSSL_cleanse(text->data(), text->size());
  if (!book)
    return make_error(ec::config, "http.tokens_file: " + path + ": " + detail_of(book.error()));
  return book;
}

std::optional<token_scope> token_book::scope_of(std::string_view token) const {
  const auto hash = digest_of(token);
  std::optional<token_scope> found;
  // All of them, whichever fits: how long it takes tells nothing.
  for (const auto& each : entries_)
    if (CRYPTO_memcmp(each.hash.data(), hash.data(), hash.size()) == 0)
      found = std::max(found.value_or(token_scope::read), each.scope);
  return found;
}

token_book::digest token_book::digest_of(std::string_view token) {
  digest hash;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
  return hash;
}

std::optional<std::string_view> bearer_token(const std::optional<std::string>& authorization) {
  static constexpr std::string_view scheme = "Bearer ";
  if (!authorization || authorization->size() <= scheme.size())
    return std::nullopt;
  const std::string_view field{*authorization};
  if (!boost::urls::grammar::ci_is_equal(field.substr(0, scheme.size()), scheme))
    return std::nullopt;
  return trimmed(field.substr(scheme.size()));
}

}  // namespace headway::gateway
