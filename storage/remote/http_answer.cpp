#include <algorithm>
#include <cctype>

#include <messages/url.hpp>
#include <storage/remote/http_answer.hpp>
#include <storage/remote/ls_refs.hpp>

namespace headway::remote {

namespace {

constexpr std::string_view info_refs = "/info/refs";
constexpr std::string_view service = "?service=git-upload-pack";
constexpr std::string_view refs_type = "application/x-git-upload-pack-result";
constexpr std::string_view info_type = "application/x-git-upload-pack-advertisement";

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string media_type(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
    type.remove_suffix(1);
  return lower(type);
}

// Words of a server end on a person's terminal.
std::string printable(std::string_view text) {
  std::string result{text.substr(0, 80)};
  std::ranges::replace_if(
      result, [](unsigned char c) { return c < ' ' || c >= 0x7f; }, '?');
  return result;
}

std::string_view without_slash(std::string_view url) {
  while (url.ends_with('/'))
    url.remove_suffix(1);
  return url;
}

std::string host_name(std::string_view url) {
  const auto key = host_key(url);
  const auto begin = key.find("://");
  const auto host = key.substr(begin == std::string::npos ? 0 : begin + 3);
  return host.substr(0, host.rfind(':'));
}

std::string_view port_of(std::string_view key) {
  return key.substr(key.rfind(':') + 1);
}

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Servers that do not know the request (an old one, a plain web server) say so in these ways.
bool may_be_unknown_request(long status) {
  return status == 400 || status == 403 || status == 404 || status == 405 || status == 411 ||
         status == 415 || status == 501;
}

verdict fail(ec code, std::string error, host_sign host = host_sign::well) {
  return {.next = verdict::step::failed, .code = code, .error = std::move(error), .host = host};
}

verdict wrong_type(const http_answer& answer) {
  const auto type = media_type(answer.content_type);
  return fail(ec::remote, "answered with " + (type.empty() ? "data of no kind" : printable(type)) +
                              ", which is no list of refs: a sign-in page, perhaps");
}

verdict refused(const http_answer& answer) {
  const auto words = "answered " + std::to_string(answer.status);
  switch (answer.status) {
    case 401:
      if (answer.wants == http_answer::challenge::other)
        return {.next = verdict::step::left_to_git,
                .error = "asks for a login that is more than a password",
                .host = host_sign::well};
      return {.next = verdict::step::unauthorized,
              .code = ec::auth_required,
              .error = words,
              .host = host_sign::well};
    case 403:
    case 407:
      return fail(ec::auth_required, words);
    case 404:
    case 410:
      return fail(ec::not_found, words);
    case 429:
      return fail(ec::remote, words + " (too many requests)", host_sign::throttled);
    case 503:
      return fail(ec::remote, words + " (not available)", host_sign::throttled);
    default:
      return fail(ec::remote, words, answer.status >= 500 ? host_sign::ill : host_sign::well);
  }
}

verdict redirected(const http_answer& answer, std::string_view url) {
  if (answer.location.empty())
    return fail(ec::remote, "redirects to nowhere");
  if (!same_host(url, answer.location))
    return fail(ec::remote, "redirects to " + printable(host_key(answer.location)) +
                                ", another host; if that is right, set the address with git "
                                "remote set-url");
  auto repository = repository_of(answer.location);
  if (repository.empty())
    return fail(ec::remote, "redirects to a page that is no repository");
  return {.next = verdict::step::follow, .url = std::move(repository), .host = host_sign::well};
}

}  // namespace

bool same_host(std::string_view from, std::string_view to) {
  const auto origin = host_key(from);
  const auto target = host_key(to);
  if (origin.empty() || target.empty())
    return false;
  if (origin == target)
    return true;
  // Another port may be another person's.
  const auto port = port_of(target);
  return origin.starts_with("http://") && target.starts_with("https://") &&
         host_name(from) == host_name(to) && (port == "443" || port == port_of(origin));
}

std::string repository_of(std::string_view url) {
  const auto path = url.substr(0, url.find('?'));
  if (!path.ends_with(info_refs))
    return {};
  return std::string{path.substr(0, path.size() - info_refs.size())};
}

std::string info_refs_url(std::string_view url) {
  return std::string{without_slash(url)}.append(info_refs).append(service);
}

std::string upload_pack_url(std::string_view url) {
  return std::string{without_slash(url)}.append("/git-upload-pack");
}

verdict judge_refs_answer(const http_answer& answer) {
  if (is_redirect(answer.status))
    return {.next = verdict::step::ask_info_refs, .host = host_sign::well};
  if (may_be_unknown_request(answer.status)) {
    auto known = refused(answer);
    known.next = verdict::step::ask_info_refs;
    known.host = host_sign::well;
    return known;
  }
  if (answer.status != 200)
    return refused(answer);
  // What a server says that knows no version 2.
  if (answer.body.empty())
    return {.next = verdict::step::ask_info_refs, .host = host_sign::well};
  if (media_type(answer.content_type) != refs_type)
    return wrong_type(answer);
  auto refs = parse_ls_refs(answer.body);
  if (!refs)
    return fail(code_of(refs.error()), detail_of(refs.error()));
  return {.next = verdict::step::answered, .refs = std::move(*refs), .host = host_sign::well};
}

verdict judge_info_answer(const http_answer& answer, std::string_view url,
                          moved from_first_address) {
  if (is_redirect(answer.status))
    return redirected(answer, url);
  if (answer.status != 200)
    return refused(answer);
  const auto type = media_type(answer.content_type);
  // Files of a repository on a plain web server.
  if (type == "text/plain" || type == "application/octet-stream")
    return {.next = verdict::step::left_to_git,
            .error = "is a plain web server",
            .host = host_sign::well};
  if (type != info_type)
    return wrong_type(answer);
  auto shown = parse_http_advertisement(answer.body);
  if (!shown)
    return fail(code_of(shown.error()), detail_of(shown.error()));
  if (shown->version != 2)
    return {
        .next = verdict::step::answered, .refs = std::move(shown->refs), .host = host_sign::well};
  if (from_first_address == moved::yes)
    return {.next = verdict::step::ask_again, .host = host_sign::well};
  return fail(ec::remote, "does not answer when it is asked for its refs");
}

}  // namespace headway::remote
