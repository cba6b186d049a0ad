#include <algorithm>
#include <array>
#include <cctype>

#include <messages/error.hpp>
#include <storage/git/fetch_command.hpp>

namespace headway::git {

namespace {

// Programs that run a command given in the address, whoever allows them.
constexpr auto command_helpers = std::to_array<std::string_view>({"ext", "fd"});

// Variables that would point git elsewhere or make it write traces with credentials in them.
constexpr auto unwanted = std::to_array<const char*>({"GIT_DIR",
                                                      "GIT_WORK_TREE",
                                                      "GIT_INDEX_FILE",
                                                      "GIT_OBJECT_DIRECTORY",
                                                      "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                                      "GIT_COMMON_DIR",
                                                      "GIT_NAMESPACE",
                                                      "GIT_PREFIX",
                                                      "GIT_QUARANTINE_PATH",
                                                      "GIT_SHALLOW_FILE",
                                                      "GIT_GRAFT_FILE",
                                                      "GIT_INTERNAL_SUPER_PREFIX",
                                                      "GIT_PROTOCOL",
                                                      "GIT_CURL_VERBOSE",
                                                      "GIT_TRACE",
                                                      "GIT_TRACE_CURL",
                                                      "GIT_TRACE_CURL_NO_DATA",
                                                      "GIT_TRACE_CURL_COMPONENTS",
                                                      "GIT_TRACE_PACKET",
                                                      "GIT_TRACE_PACKFILE",
                                                      "GIT_TRACE_PACK_ACCESS",
                                                      "GIT_TRACE_PERFORMANCE",
                                                      "GIT_TRACE_REFS",
                                                      "GIT_TRACE_SETUP",
                                                      "GIT_TRACE_SHALLOW",
                                                      "GIT_TRACE_FSMONITOR",
                                                      "GIT_TRACE2",
                                                      "GIT_TRACE2_EVENT",
                                                      "GIT_TRACE2_PERF",
                                                      "GIT_TRACE2_PARENT_SID",
                                                      "GIT_PROGRESS_DELAY",
                                                      "DISPLAY",
                                                      "WAYLAND_DISPLAY"});

constexpr auto settings = std::to_array<const char*>(
    {"core.hooksPath=/dev/null", "core.fsmonitor=false", "core.alternateRefsCommand=exit 0 #",
     "credential.interactive=false", "gc.auto=0", "maintenance.auto=false",
     "fetch.writeCommitGraph=false", "fetch.recurseSubmodules=false", "submodule.recurse=false",
     "protocol.version=2", "transfer.bundleURI=false", "transfer.advertiseSID=false",
     // It would bring bundles from elsewhere, past every limit, and make refs of them in the clone.
     "fetch.bundleURI="});

// A helper that has what its environment holds, where no argument shows it.
constexpr auto login_name = "HEADWAY_LOGIN_NAME";
constexpr auto login_secret = "HEADWAY_LOGIN_SECRET";
constexpr auto login_helper =
    "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' "
    "\"$HEADWAY_LOGIN_NAME\" \"$HEADWAY_LOGIN_SECRET\"; }; f";

bool is_scheme_char(char c, bool first) {
  const auto u = static_cast<unsigned char>(c);
  return std::isalpha(u) != 0 ||
         (!first && (std::isdigit(u) != 0 || c == '+' || c == '-' || c == '.'));
}

std::string_view leading_scheme(std::string_view url) {
  std::size_t length = 0;
  while (length < url.size() && is_scheme_char(url[length], length == 0))
    ++length;
  return url.substr(0, length);
}

std::string join(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names)
    if (transport_allowed(name, names))
      result += (result.empty() ? "" : ":") + name;
  return result;
}

std::string_view program_name(std::string_view command) {
  auto word = command.substr(0, command.find_first_of(" \t"));
  return word.substr(word.find_last_of('/') + 1);
}

}  // namespace

std::string transport_of(std::string_view url) {
  if (url.empty())
    return {};
  const auto scheme = leading_scheme(url);
  const auto rest = url.substr(scheme.size());
  std::string name{scheme};
  if (!name.empty() && rest.starts_with("::"))
    return name;
  if (!name.empty() && rest.starts_with("://")) {
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name == "git+ssh" || name == "ssh+git" ? "ssh" : name;
  }
  const auto colon = url.find(':');
  const auto slash = url.find('/');
  return colon != std::string_view::npos && colon < slash ? "ssh" : "file";
}

bool transport_allowed(std::string_view transport, const std::vector<std::string>& allowed) {
  return std::ranges::find(command_helpers, transport) == command_helpers.end() &&
         std::ranges::find(allowed, transport) != allowed.end();
}

caf::error forbidden_transport(const std::string& remote, const std::string& transport) {
  auto words = "remote '" + remote + "' is reached by '" + transport +
               "', which fetch.allowed_schemes does not allow";
  if (std::ranges::find(command_helpers, transport) == command_helpers.end())
    words += "; if the node is to fetch from it, add \"" + transport + "\" there";
  return make_error(ec::config, words);
}

std::string quiet_ssh_command(std::string_view configured) {
  std::string command{configured.empty() ? "ssh" : configured};
  if (is_openssh(command))
    command +=
        " -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=3";
  return command;
}

bool is_openssh(std::string_view command) {
  return program_name(command) == "ssh";
}

git_caller::git_caller(const repository_location& location,
                       const std::vector<std::string>& allowed_schemes)
    : location_{location}, protocols_{join(allowed_schemes)} {}

void git_caller::use_ssh_command(std::string command) {
  ssh_command_ = std::move(command);
}

void git_caller::use_settings(std::vector<std::string> arguments) {
  settings_ = std::move(arguments);
}

void git_caller::use_login(std::string host, std::string username, std::string password) {
  host_ = std::move(host);
  username_ = std::move(username);
  password_ = std::move(password);
}

child_command git_caller::local(const std::vector<std::string>& args) const {
  child_command command;
  command.priority = priority_;
  command.argv = {"git", "--git-dir=" + location_.git_dir};
  for (const auto* setting : settings)
    command.argv.insert(command.argv.end(), {"-c", setting});
  command.argv.insert(command.argv.end(), args.begin(), args.end());
  // Addresses relative to the clone are relative to this.
  command.directory = location_.path;
  command.unset.assign(unwanted.begin(), unwanted.end());
  // An empty askpass is not "none configured" but "do not ask a program"; the terminal is the next
  // that git would try, and that is forbidden as well.
  command.environment = {{"LC_ALL", "C"},
                         {"LANGUAGE", ""},
                         {"GIT_TERMINAL_PROMPT", "0"},
                         {"GIT_ASKPASS", ""},
                         {"SSH_ASKPASS", ""},
                         {"SSH_ASKPASS_REQUIRE", "never"},
                         {"GCM_INTERACTIVE", "never"},
                         {"GIT_OPTIONAL_LOCKS", "0"},
                         {"GIT_NO_LAZY_FETCH", "1"},
                         {"GIT_ALLOW_PROTOCOL", protocols_}};
  if (!ssh_command_.empty())
    command.environment.emplace_back("GIT_SSH_COMMAND", ssh_command_);
  return command;
}

child_command git_caller::remote(const std::vector<std::string>& args, unsigned slowest) const {
  std::vector<std::string> all{"-c", "http.lowSpeedLimit=" + std::to_string(slowest), "-c",
                               "http.lowSpeedTime=" + std::to_string(patience_.count())};
  all.insert(all.end(), settings_.begin(), settings_.end());
  if (!host_.empty()) {
    // An empty helper forgets those before it, which must not learn what is none of theirs.
    const auto helper = "credential." + host_ + ".helper=";
    all.insert(all.end(), {"-c", helper, "-c", helper + login_helper});
  }
  all.insert(all.end(), args.begin(), args.end());
  auto command = local(all);
  if (!host_.empty())
    command.environment.insert(command.environment.end(),
                               {{login_name, username_}, {login_secret, password_}});
  return command;
}

}  // namespace headway::git
