#include <algorithm>
#include <cstdlib>

#include <messages/error.hpp>
#include <messages/url.hpp>
#include <storage/git/host_token.hpp>
#include <storage/git/secret_file.hpp>
#include <storage/remote/address.hpp>

namespace headway::git {

namespace {

// What hosts with tokens take that look at the name at all.
constexpr std::string_view any_user = "x-access-token";

caf::error no_token(const token_source& source, const std::string& why) {
  return make_error(ec::auth_required, "the token for " + source.host + ": " + why);
}

caf::expected<std::string> text_of(const token_source& source) {
  if (source.variable.empty()) {
    auto text = read_secret_file(source.file, "fetch.tokens");
    return text ? std::move(text) : no_token(source, detail_of(text.error()));
  }
  if (const auto* value = std::getenv(source.variable.c_str()))
    return std::string{value};
  return no_token(source, "fetch.tokens: the environment variable " + source.variable +
                              " is not set where the node runs");
}

}  // namespace

caf::expected<std::optional<remote::login>> find_token(const std::vector<token_source>& sources,
                                                       std::string_view url) {
  using found = std::optional<remote::login>;
  const auto host = host_key(url);
  const auto source = std::ranges::find(sources, host, &token_source::host);
  if (host.empty() || source == sources.end())
    return found{};
  const auto address = remote::parse_web_address(url);
  if (address && address->password)
    return found{};
  auto text = text_of(*source);
  if (!text)
    return std::move(text.error());
  auto token = text->substr(0, text->find('\n'));
  if (token.ends_with('\r'))
    token.pop_back();
  const auto is_unusable = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (token.empty() || std::ranges::any_of(token, is_unusable))
    return no_token(*source, "fetch.tokens: the first line of " +
                                 (source->variable.empty() ? source->file : source->variable) +
                                 " is no token");
  std::string user = address ? address->username : "";
  if (user.empty())
    user = source->username.empty() ? any_user : source->username;
  return found{remote::login{std::move(user), std::move(token)}};
}

std::string refused_token(std::string_view url) {
  return "the token that fetch.tokens names for " + host_key(url) +
         " was refused; put a valid one in its place";
}

std::vector<std::string> token_files(const std::vector<token_source>& sources) {
  std::vector<std::string> result;
  for (const auto& source : sources)
    if (!source.file.empty())
      result.push_back(source.file);
  return result;
}

}  // namespace headway::git
