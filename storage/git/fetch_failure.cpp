#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>

#include <messages/url.hpp>
#include <storage/git/fetch_failure.hpp>

namespace headway::git {

namespace {

struct sign {
  std::string_view words;  // In lower case.
  ec code;
};

// The first that matches wins, so what is specific comes before what accompanies it: git adds
// "Could not read from remote repository" to almost everything.
constexpr auto signs = std::to_array<sign>({
    {"no space left on device", ec::disk_full},
    {"disk quota exceeded", ec::disk_full},
    {"repository not exported", ec::not_found},

    {"authentication failed", ec::auth_required},
    {"could not read username", ec::auth_required},
    {"could not read password", ec::auth_required},
    {"terminal prompts disabled", ec::auth_required},
    {"host key verification failed", ec::auth_required},
    {"remote host identification has changed", ec::auth_required},
    {"too many authentication failures", ec::auth_required},
    {"permission denied (", ec::auth_required},
    {"http basic: access denied", ec::auth_required},
    {"returned error: 401", ec::auth_required},
    {"returned error: 403", ec::auth_required},
    {"returned error: 407", ec::auth_required},

    {"fatal: not a git repository", ec::missing},
    {"does not appear to be a git repository", ec::not_found},
    {"returned error: 404", ec::not_found},
    {"returned error: ", ec::remote},
    {"certificate problem", ec::remote},
    {"certificate verification failed", ec::remote},
    {"server verification failed", ec::remote},
    {"no alternative certificate subject name", ec::remote},
    {"does not match target host name", ec::remote},

    {"could not resolve", ec::network},
    {"name or service not known", ec::network},
    {"unable to look up", ec::network},
    {"temporary failure in name resolution", ec::network},
    {"connection refused", ec::network},
    {"timed out", ec::network},
    {"network is unreachable", ec::network},
    {"no route to host", ec::network},
    {"connection reset", ec::network},
    {"connection closed", ec::network},
    {"broken pipe", ec::network},
    {"recv failure", ec::network},
    {"failed to connect", ec::network},
    {"couldn't connect", ec::network},
    {"unable to connect", ec::network},
    {"operation too slow", ec::network},
    {"empty reply from server", ec::network},
    {"transfer closed", ec::network},
    {"early eof", ec::network},
    {"unexpected disconnect", ec::network},
    {"hung up", ec::network},
    {"kex_exchange_identification", ec::network},
    {"ssl_connect", ec::network},
    {"ssl_error_syscall", ec::network},
    {"gnutls_handshake", ec::network},
    {"tls connection was non-properly terminated", ec::network},

    {"' not found", ec::not_found},
    {"not valid: is this a git repository", ec::remote},
    {"remote error:", ec::remote},
    {"protocol error", ec::remote},
    {"bad line length", ec::remote},
    {"invalid server response", ec::remote},
    {"received http/0.9", ec::remote},
    {"unsupported protocol", ec::remote},
    {"couldn't find remote ref", ec::remote},
    {"not our ref", ec::remote},
    {"invalid info/refs", ec::remote},
    {"did not send all necessary objects", ec::remote},
    {"pack signature mismatch", ec::remote},
    {"pack is corrupted", ec::remote},
    {"invalid index-pack output", ec::remote},
    {"bad pack header", ec::remote},
    {"inflate returned", ec::remote},
    {"mismatched algorithms", ec::remote},

    {"': file exists", ec::in_use},
    {"but expected", ec::io},

    {"is corrupt", ec::corrupt},
    {"object file", ec::corrupt},
    {"bad object", ec::corrupt},
    {"bad config", ec::corrupt},
    {"unexpected line in", ec::corrupt},
    {"packed-refs", ec::corrupt},
    {"could not parse", ec::corrupt},

    {"insufficient permission", ec::permission_denied},
    {"permission denied", ec::permission_denied},
    {"read-only file system", ec::permission_denied},

    {"not allowed", ec::config},
    {"could not read from remote repository", ec::network},
});

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_noise(std::string_view line) {
  constexpr auto noise = std::to_array<std::string_view>(
      {"From ", " ", "@", "warning:", "Warning:", "hint:", "POST ", "remote: Enumerating",
       "remote: Counting", "remote: Compressing", "remote: Total", "Cloning"});
  if (line.starts_with(" ! "))
    return false;
  return line.find_first_not_of(" \t\r") == std::string_view::npos ||
         std::ranges::any_of(noise, [line](auto words) { return line.starts_with(words); });
}

// Words of a server end on a person's terminal: no escape sequences.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  constexpr std::size_t longest = 400;
  if (text.size() > longest)
    text = text.substr(0, longest) + "...";
  text.erase(std::min(text.find_last_not_of(' ') + 1, text.size()));
  return text;
}

fetch_outcome outcome_of(ec code) {
  switch (code) {
    case ec::auth_required:
      return fetch_outcome::auth_required;
    case ec::deadline_exceeded:
      return fetch_outcome::timed_out;
    case ec::cancelled:
      return fetch_outcome::cancelled;
    default:
      return fetch_outcome::failed;
  }
}

// Git does not tell what pause a server has asked for.
host_sign host_in(std::string_view errors) {
  const auto text = lower(errors);
  const auto answered = [&](std::string_view status) {
    return text.find("returned error: " + std::string{status}) != std::string::npos;
  };
  if (answered("429") || answered("503"))
    return host_sign::throttled;
  return answered("5") ? host_sign::ill : host_sign::none;
}

std::string ended_how(const child_result& result) {
  if (result.how == child_result::ending::signalled)
    return "git was killed by signal " + std::to_string(result.status);
  return "git ended with status " + std::to_string(result.status);
}

}  // namespace

fetch_failure make_failure(ec code, std::string sentence) {
  return {code, outcome_of(code), printable(redact(sentence)), host_sign::none};
}

ec code_in(std::string_view errors) {
  const auto text = lower(errors);
  for (const auto& [words, code] : signs)
    if (text.find(words) != std::string::npos)
      return code;
  return ec::io;
}

std::string meaningful_line(std::string_view errors) {
  const auto text = redact(errors);
  std::string_view rest{text};
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (is_noise(line))
      continue;
    for (const std::string_view label : {"fatal: ", "error: ", " ! "})
      if (line.starts_with(label))
        line.remove_prefix(label.size());
    return printable(std::string{line});
  }
  return {};
}

fetch_failure classify(std::string_view attempted, const child_result& result) {
  const std::string what{attempted};
  switch (result.how) {
    case child_result::ending::timed_out:
      return make_failure(ec::deadline_exceeded,
                          what + " took longer than allowed and was stopped");
    case child_result::ending::cancelled:
      return make_failure(ec::cancelled, what + " was cancelled");
    case child_result::ending::output_too_large:
      return make_failure(ec::remote, what + ": the answer is too large");
    default:
      break;
  }
  auto code = code_in(result.errors);
  auto words = meaningful_line(result.errors);
  if (result.how == child_result::ending::signalled) {
    // git:// and ssh connections that close while git writes end it so; whatever else kills git
    // (the kernel for want of memory, a person) is not what its dying helpers complain about.
    const bool hung_up = result.status == SIGPIPE;
    if (!hung_up || words.empty()) {
      code = hung_up ? ec::network : ec::io;
      words = hung_up ? "the remote closed the connection" : "";
    }
  }
  if (words.empty())
    words = ended_how(result);
  auto failure = make_failure(code, what + ": " + words);
  failure.host = host_in(result.errors);
  return failure;
}

}  // namespace headway::git
