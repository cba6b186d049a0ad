#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <messages/error.hpp>
#include <messages/url.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_failure.hpp>
#include <storage/git/file_stamp.hpp>
#include <storage/git/login.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

namespace {

std::string_view value_of(std::string_view output, std::string_view name) {
  while (!output.empty()) {
    const auto line = output.substr(0, output.find('\n'));
    if (line.starts_with(name) && line.substr(name.size()).starts_with('='))
      return line.substr(name.size() + 1);
    output.remove_prefix(std::min(line.size() + 1, output.size()));
  }
  return {};
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view{"\n\r\0", 3}) != std::string_view::npos;
}

}  // namespace

caf::expected<filled_login> fill_login(const repository_location& location, const std::string& url,
                                       const std::string& username,
                                       std::chrono::milliseconds deadline,
                                       const cancellation& cancel) {
  const auto attempted = "asking for a login for " + host_key(url);
  // A line break would let an address name another host to the helpers.
  if (has_line_break(url) || has_line_break(username))
    return make_error(ec::invalid_argument, attempted + ": the address holds a line break");
  const git_caller caller{location, {"https", "http"}};
  auto command = caller.local({"credential", "fill"});
  command.input = "url=" + url + "\n";
  if (!username.empty())
    command.input += "username=" + username + "\n";
  command.input += "\n";
  command.deadline = deadline;
  auto result = run(command, cancel);
  if (!result)
    return std::move(result.error());
  if (result->how != child_result::ending::exited || result->status != 0) {
    const auto failure = classify(attempted, *result);
    return make_error(failure.code, failure.sentence);
  }
  filled_login login{std::string{value_of(result->output, "username")},
                     std::string{value_of(result->output, "password")}};
  if (login.username.empty() && login.password.empty())
    return make_error(ec::auth_required, attempted + ": no credential helper has one");
  return login;
}

std::uint64_t stamp_of_login_files(const std::vector<std::string>& more) {
  auto files = outer_config_files();
  files.insert(files.end(), more.begin(), more.end());
  const auto* home = std::getenv("HOME");
  const auto* config_home = std::getenv("XDG_CONFIG_HOME");
  if (home != nullptr)
    for (const auto* file : {"/.git-credentials", "/.netrc", "/.ssh", "/.ssh/config"})
      files.push_back(std::string{home} + file);
  if (config_home != nullptr)
    files.push_back(std::string{config_home} + "/git/credentials");
  else if (home != nullptr)
    files.push_back(std::string{home} + "/.config/git/credentials");
  if (const auto* agent = std::getenv("SSH_AUTH_SOCK"))
    files.emplace_back(agent);
  return stamp_of(files);
}

}  // namespace headway::git
