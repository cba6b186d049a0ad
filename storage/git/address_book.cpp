#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include <messages/error.hpp>
#include <messages/url.hpp>
#include <storage/git/address_book.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/file_stamp.hpp>
#include <storage/git/handle.hpp>
#include <storage/git/ownership.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

namespace {

constexpr std::size_t most_remembered = 50'000;

// http.* settings that change nothing in what a list of refs says, or that we have our own of.
constexpr auto without_effect = std::to_array<std::string_view>(
    {"postbuffer", "lowspeedlimit", "lowspeedtime", "maxrequests", "minsessions", "noepsv"});

// Variables that make git talk in a way of which only git knows.
constexpr auto only_for_git = std::to_array<const char*>(
    {"GIT_SSL_CERT", "GIT_SSL_KEY", "GIT_SSL_CAPATH", "GIT_SSL_CERT_PASSWORD_PROTECTED",
     "GIT_SSL_VERSION", "GIT_SSL_CIPHER_LIST", "GIT_PROXY_SSL_CAINFO", "GIT_PROXY_SSL_CERT",
     "GIT_PROXY_SSL_KEY", "GIT_PROXY_SSL_CERT_PASSWORD_PROTECTED", "GIT_HTTP_PROXY_AUTHMETHOD",
     "GIT_PROXY_COMMAND"});

struct split_key {
  std::string_view section;
  std::string_view subsection;
  std::string_view name;

  explicit split_key(std::string_view key)
      : section{key.substr(0, key.find('.'))}, name{key.substr(key.rfind('.') + 1)} {
    if (key.find('.') != key.rfind('.'))
      subsection = key.substr(section.size() + 1, key.size() - section.size() - name.size() - 2);
  }
};

bool is_true(const std::string& value) {
  int result = 0;
  return git_config_parse_bool(&result, value.c_str()) == 0 && result != 0;
}

std::string host_of(std::string_view url) {
  const auto key = host_key(url);
  const auto begin = key.find("://");
  const auto host = begin == std::string::npos ? key : key.substr(begin + 3);
  return host.substr(0, host.rfind(':'));
}

// Git has rules of its own for which of several addresses fits best; whether one may fit at all is
// easier to say.
bool may_concern(std::string_view pattern, std::string_view url) {
  return pattern.find('*') != std::string_view::npos || host_of(pattern) == host_of(url);
}

/// What the settings say of one remote.
class reading {
 public:
  reading(const settings& configured, const remote_settings& remote)
      : configured_{configured}, remote_{remote} {
    result_.url = configured.rewritten(remote.urls.front());
    if (!configured.programs.empty())
      result_.program = configured.programs.front();
    scheme_ = std::string_view{result_.url}.substr(0, result_.url.find("://"));
  }

  remote_address run() {
    bool by_path = false;
    std::string ssh_command;
    std::string ssh_variant = "auto";
    for (const auto& [key, value] : configured_.transport) {
      const split_key parts{key};
      if (parts.section == "http" && is_http())
        http(parts, key, value);
      else if (parts.section == "remote" && parts.subsection == remote_.name)
        of_remote(parts.name, key, value);
      else if (parts.name == "gitproxy")
        leave_to_git(key);
      else if (parts.name == "sshcommand")
        ssh_command = value;
      else if (parts.section == "core")
        result_.objects = remote_address::files::as_set;
      else if (parts.section == "ssh")
        ssh_variant = value;
      else if (parts.section == "credential")
        by_path |= credential(parts, key, value);
      else if (parts.section == "fetch" || parts.section == "transfer")
        transfer(parts, key, value);
    }
    if (unpack_limit_)
      result_.unpack_limit = *unpack_limit_;
    if (configured_.extension("partialclone") != nullptr || remote_.promisor)
      fetched_by_git("a partial clone");
    if (own_proxy_)
      result_.http.proxy = std::move(own_proxy_);
    if (is_http())
      environment();
    result_.ssh_command = ssh(std::move(ssh_command), ssh_variant);
    scope_.insert(0, by_path ? result_.url : host_key(result_.url) + user());
    result_.login_scope = std::move(scope_);
    return std::move(result_);
  }

 private:
  bool is_http() const { return scheme_ == "http" || scheme_ == "https"; }

  void leave_to_git(std::string_view key) {
    if (result_.only_git.empty())
      result_.only_git = std::string{key} + " is set";
  }

  void http(const split_key& parts, const std::string& key, const std::string& value) {
    auto& http = result_.http;
    if (std::ranges::find(without_effect, parts.name) != without_effect.end())
      return;
    if (!parts.subsection.empty()) {
      // The address of the key may hold a login.
      if (may_concern(parts.subsection, result_.url))
        leave_to_git("http.<url>." + std::string{parts.name});
    } else if (parts.name == "sslverify") {
      http.server = is_true(value) ? http_settings::certificates::checked
                                   : http_settings::certificates::not_checked;
    } else if (parts.name == "sslcainfo" && !value.starts_with('~') && !value.starts_with('%')) {
      http.ca_file = value;
    } else if (parts.name == "proxy") {
      proxy(result_.http.proxy, key, value);
    } else if (parts.name == "useragent") {
      http.user_agent = value;
    } else if (parts.name == "extraheader") {
      if (value.empty())
        http.headers.clear();
      else
        http.headers.push_back(value);
    } else if (parts.name != "followredirects" || value == "false") {
      leave_to_git(key);
    }
  }

  // Git asks for the password of a proxy when the address has a name only.
  void proxy(std::optional<std::string>& chosen, std::string_view key, const std::string& value) {
    if (value.find('@') != std::string::npos)
      leave_to_git(key);
    else
      chosen = value;
  }

  void of_remote(std::string_view name, const std::string& key, const std::string& value) {
    if (name == "proxy")
      proxy(own_proxy_, key, value);
    else if (name == "tagopt")
      result_.follow = value == "--tags"      ? remote_address::tags::all
                       : value == "--no-tags" ? remote_address::tags::none
                                              : result_.follow;
    else
      leave_to_git(key);
  }

  void fetched_by_git(std::string_view why) {
    if (result_.fetched_by_git.empty())
      result_.fetched_by_git = why;
  }

  // "fetch" wins over "transfer" wherever it stands, in both settings.
  void transfer(const split_key& parts, const std::string& key, const std::string& value) {
    if (parts.name == "fsckobjects") {
      if (is_true(value))
        fetched_by_git(key + " is set");
      return;
    }
    std::int32_t number = 0;
    const bool wins = parts.section == "fetch" || !unpack_limit_;
    if (wins && git_config_parse_int32(&number, value.c_str()) == 0)
      unpack_limit_ = static_cast<unsigned>(std::max(number, 0));
  }

  bool credential(const split_key& parts, const std::string& key, const std::string& value) {
    scope_.append("\n").append(key).append("=").append(value);
    return parts.name == "usehttppath" && is_true(value);
  }

  void environment() {
    for (const auto* name : only_for_git)
      if (std::getenv(name) != nullptr)
        leave_to_git(name);
    if (const auto* file = std::getenv("GIT_SSL_CAINFO"))
      result_.http.ca_file = file;
    if (std::getenv("GIT_SSL_NO_VERIFY") != nullptr)
      result_.http.server = http_settings::certificates::not_checked;
    if (const auto* agent = std::getenv("GIT_HTTP_USER_AGENT"))
      result_.http.user_agent = agent;
  }

  // Git asks the environment first, then the configuration, then GIT_SSH, which is no command but
  // the name of a program.
  static std::string ssh(std::string configured, std::string_view variant) {
    if (const auto* given = std::getenv("GIT_SSH_COMMAND"); given != nullptr && *given != '\0')
      configured = given;
    if (const auto* given = std::getenv("GIT_SSH_VARIANT"))
      variant = given;
    const auto* program = std::getenv("GIT_SSH");
    const bool by_program = configured.empty() && program != nullptr && *program != '\0';
    auto command = quiet_ssh_command(configured);
    const bool known = is_openssh(command) && (variant == "auto" || variant == "ssh");
    return by_program || !known ? std::string{} : command;
  }

  std::string user() const {
    const auto begin = result_.url.find("://");
    const auto end = result_.url.find('/', begin + 3);
    const auto at = result_.url.rfind('@', end);
    return begin == std::string::npos || at == std::string::npos || at < begin
               ? ""
               : " " + result_.url.substr(begin + 3, at - begin - 3);
  }

  const settings& configured_;
  const remote_settings& remote_;
  remote_address result_;
  std::string_view scheme_;
  std::string scope_;
  std::optional<std::string> own_proxy_;
  std::optional<unsigned> unpack_limit_;
};

// Opened for this reading only: an open repository costs memory, and most configurations have no
// conditions.
caf::expected<settings> read_all(const repository_location& location) {
  if (auto error = check_owner(location))
    return error;
  auto configured = read_settings(location, nullptr, branch_sections::passed_over);
  if (!configured || !configured->conditional_includes)
    return configured;
  git_repository* opened = nullptr;
  git_repository_open_ext(&opened, location.git_dir.c_str(),
                          GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT, nullptr);
  const repository_ptr conditions{opened};
  return conditions ? read_settings(location, conditions.get(), branch_sections::passed_over)
                    : std::move(configured);
}

}  // namespace

caf::expected<remote_address> address_book::find(const repository_location& location,
                                                 const std::string& remote) {
  const auto name = location.git_dir + '\n' + remote;
  if (const auto it = known_.find(name);
      it != known_.end() && stamp_of(it->second.files) == it->second.stamp)
    return it->second.address;
  const auto configured = read_all(location);
  if (!configured)
    return configured.error();
  entry fresh;
  fresh.files = outer_config_files();
  for (const auto& more : {inner_config_files(location), configured->includes})
    fresh.files.insert(fresh.files.end(), more.begin(), more.end());
  const auto* found = configured->remote(remote);
  if (found == nullptr || found->urls.empty())
    return make_error(ec::config,
                      "remote '" + remote + "' has no address; set one with git remote set-url");
  fresh.address = reading{*configured, *found}.run();
  // Taken after the reading: a change in between is seen by the next one, because of its age.
  fresh.stamp = stamp_of(fresh.files);
  auto result = fresh.address;
  if (known_.size() >= most_remembered)
    known_.clear();
  if (fresh.stamp != 0)
    known_.insert_or_assign(name, std::move(fresh));
  return result;
}

}  // namespace headway::git
