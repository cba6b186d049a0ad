#include <algorithm>
#include <charconv>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <actors/gateway/hooks/hook_delivery.hpp>

namespace headway::gateway {

namespace {

namespace json = boost::json;

struct sender_facts {
  std::string_view name;
  std::string_view proof;         ///< The field that proves who sends.
  std::string_view proof_prefix;  ///< Before the digits.
  std::string_view delivery;
};

// By value of hook_sender.
constexpr std::array<sender_facts, hook_senders> senders{{
    {"github", "x-hub-signature-256", "sha256=", "x-github-delivery"},
    {"gitlab", "x-gitlab-token", "", "x-gitlab-event-uuid"},
    {"gitea", "x-gitea-signature", "", "x-gitea-delivery"},
    {"bitbucket", "x-hub-signature", "sha256=", "x-request-uuid"},
}};

const sender_facts& facts_of(hook_sender sender) {
  return senders[static_cast<std::size_t>(sender)];
}

std::string_view value_of(const hook_fields& fields, std::string_view name) {
  const auto it = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
  return it == fields.end() ? std::string_view{} : std::string_view{it->second};
}

using digest = std::array<unsigned char, 32>;

digest hmac(std::string_view key, std::string_view text) {
  digest result{};
  unsigned size = result.size();
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data(), &size);
  return result;
}

std::optional<digest> digest_from(std::string_view hex) {
  digest result{};
  if (hex.size() != 2 * result.size())
    return std::nullopt;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto* begin = hex.data() + 2 * i;
    if (std::from_chars(begin, begin + 2, result[i], 16).ptr != begin + 2)
      return std::nullopt;
  }
  return result;
}

bool same(const digest& a, const digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void add_text(const json::value& document, std::string_view pointer,
              std::vector<std::string>& found) {
  json::error_code error;
  const auto* at = document.find_pointer(pointer, error);
  if (at != nullptr && at->is_string())
    found.emplace_back(at->as_string());
}

}  // namespace

std::string_view to_string(hook_sender sender) noexcept {
  return facts_of(sender).name;
}

std::optional<hook_sender> hook_sender_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < senders.size(); ++i)
    if (senders[i].name == name)
      return static_cast<hook_sender>(i);
  return std::nullopt;
}

bool is_hook_field(std::string_view name) noexcept {
  return std::ranges::any_of(senders, [name](const sender_facts& one) {
    return one.proof == name || one.delivery == name;
  });
}

bool proves(hook_sender sender, const hook_fields& fields, std::string_view body,
            std::string_view secret) {
  auto proof = value_of(fields, facts_of(sender).proof);
  if (proof.empty() || secret.empty())
    return false;
  // Digests of both, so that not even the length of the secret shows.
  if (sender == hook_sender::gitlab)
    return same(hmac("token", proof), hmac("token", secret));
  const auto prefix = facts_of(sender).proof_prefix;
  if (!proof.starts_with(prefix))
    return false;
  const auto claimed = digest_from(proof.substr(prefix.size()));
  return claimed && same(*claimed, hmac(secret, body));
}

std::string delivery_id(hook_sender sender, const hook_fields& fields) {
  return std::string{value_of(fields, facts_of(sender).delivery)};
}

std::optional<std::vector<std::string>> repository_urls(std::string_view body) {
  json::error_code error;
  const auto document = json::parse(body, error);
  if (error || !document.is_object())
    return std::nullopt;
  std::vector<std::string> found;
  for (const auto* pointer :
       {"/repository/clone_url", "/repository/ssh_url", "/repository/git_url",
        "/repository/html_url", "/repository/git_http_url", "/repository/git_ssh_url",
        "/project/git_http_url", "/project/git_ssh_url", "/project/web_url",
        "/repository/links/html/href", "/repository/links/clone/0/href",
        "/repository/links/clone/1/href"})
    add_text(document, pointer, found);
  return found;
}

}  // namespace headway::gateway
