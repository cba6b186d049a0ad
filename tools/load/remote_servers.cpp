#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <poll.h>
#include <pwd.h>
#include <unistd.h>

#include <tools/load/remote_servers.hpp>

namespace headway::load {

namespace fs = std::filesystem;

namespace {

constexpr const char* git_core = "/usr/lib/git-core";
constexpr milliseconds start_patience{20'000};
constexpr int most_starts = 50;
constexpr int pause_between_starts_ms = 100;

void write(const fs::path& file, const std::string& text) {
  std::ofstream stream{file, std::ios::binary};
  stream << text;
}

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

void need(const fs::path& program, const char* package) {
  if (!fs::exists(program))
    throw std::runtime_error(program.string() + " is missing; install the package " + package);
}

}  // namespace

remote_servers::remote_servers(const std::vector<transport>& wanted, const fs::path& root,
                               const fs::path& folder, std::uint64_t niceness)
    : root_{root}, folder_{folder}, niceness_{niceness} {
  fs::create_directories(folder_);
  const auto wants = [&](transport by) { return std::ranges::find(wanted, by) != wanted.end(); };
  if (wants(transport::http) || wants(transport::https))
    start_http();
  if (wants(transport::git))
    start_daemon();
  if (wants(transport::ssh))
    start_ssh();
}

void remote_servers::launch(std::vector<std::string> argv, const std::string& what,
                            std::uint16_t port) {
  argv.insert(argv.begin(), {"nice", "-n", std::to_string(niceness_)});
  servers_.push_back({what, std::move(argv), port, nullptr});
  start(servers_.back());
}

void remote_servers::start(server& one) {
  const auto log = folder_ / (one.what + ".log");
  for (int tries = 1;; ++tries) {
    one.process =
        std::make_unique<child>(one.argv, std::vector<std::pair<std::string, std::string>>{}, log);
    if (await_port("127.0.0.1", one.port, *one.process, start_patience))
      return;
    // One that was killed finds its port in use while a connection of somebody else goes out from
    // it.
    if (tries == most_starts || one.process->runs())
      throw std::runtime_error(one.what + " did not start: " + end_of(log));
    ::poll(nullptr, 0, pause_between_starts_ms);
  }
}

std::string remote_servers::kill_next() {
  if (servers_.empty())
    return "there is none";
  auto& one = servers_[next_to_kill_++ % servers_.size()];
  one.process->kill();
  start(one);
  return one.what;
}

void remote_servers::start_http() {
  need("/usr/sbin/lighttpd", "lighttpd");
  need("/usr/lib/lighttpd/mod_openssl.so", "lighttpd-mod-openssl");
  const auto at = [this](const char* name) { return (folder_ / name).string(); };
  // The fault proxy gives each host an address of its own.
  std::string names = "subjectAltName=DNS:localhost";
  for (int i = 1; i <= 64; ++i)
    names += ",IP:127.0.0." + std::to_string(i);
  output_of({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext", names, "-keyout",
             at("key.pem"), "-out", at("ca.pem")});
  http_ = free_port();
  https_ = free_port();
  const auto backend = std::string{git_core} + "/git-http-backend/";
  write(
      at("lighttpd.conf"),
      "server.document-root = " + quoted(root_.string()) +
          "\nserver.bind = \"127.0.0.1\"\nserver.port = " + std::to_string(http_) +
          "\nserver.errorlog = " + quoted(at("lighttpd.errors")) + "\nserver.upload-dirs = ( " +
          quoted(folder_.string()) +
          " )\nserver.max-keep-alive-requests = 100000\nserver.max-keep-alive-idle = 120\n"
          "server.stream-response-body = 2\n"
          "server.modules = ( \"mod_setenv\", \"mod_alias\", \"mod_cgi\", \"mod_openssl\" )\n"
          "$SERVER[\"socket\"] == \"127.0.0.1:" +
          std::to_string(https_) + "\" { ssl.engine = \"enable\" ssl.pemfile = " +
          quoted(at("ca.pem")) + " ssl.privkey = " + quoted(at("key.pem")) +
          " }\nalias.url = ( \"/\" => " + quoted(backend) +
          " )\ncgi.assign = ( \"\" => \"\" )\nsetenv.add-environment = ( \"GIT_PROJECT_ROOT\" => " +
          quoted(root_.string()) +
          ", \"GIT_HTTP_EXPORT_ALL\" => \"1\", \"GIT_CONFIG_NOSYSTEM\" => \"1\", "
          "\"GIT_CONFIG_GLOBAL\" => \"/dev/null\" )\n");
  launch({"/usr/sbin/lighttpd", "-D", "-f", at("lighttpd.conf")}, "lighttpd", http_);
}

// Not through `git daemon`: that is a wrapper, and its number is not the server's.
void remote_servers::start_daemon() {
  need(fs::path{git_core} / "git-daemon", "git");
  git_ = free_port();
  launch({std::string{git_core} + "/git-daemon", "--reuseaddr", "--export-all",
          "--base-path=" + root_.string(), "--listen=127.0.0.1", "--port=" + std::to_string(git_),
          root_.string()},
         "git-daemon", git_);
}

void remote_servers::start_ssh() {
  need("/usr/sbin/sshd", "openssh-server");
  const auto at = [this](const std::string& name) { return (folder_ / name).string(); };
  for (const std::string name : {"host_key", "user_key"})
    output_of({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", at(name)});
  if (::geteuid() == 0)
    fs::create_directories("/run/sshd");
  ssh_ = free_port();
  write(at("sshd_config"),
        "Port " + std::to_string(ssh_) + "\nListenAddress 127.0.0.1\nHostKey " + at("host_key") +
            "\nPidFile none\nAuthorizedKeysFile " + at("user_key.pub") +
            "\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
            "AcceptEnv GIT_PROTOCOL\nMaxStartups 1000\nMaxSessions 1000\nUseDNS no\nPrintMotd no\n"
            "SetEnv GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null\n");
  launch({"/usr/sbin/sshd", "-D", "-e", "-f", at("sshd_config")}, "sshd", ssh_);
  // Whatever address the fault proxy has, the key behind it is the same.
  std::ifstream key{at("host_key.pub")};
  std::string line;
  std::getline(key, line);
  write(at("known_hosts"), "* " + line + "\n");
}

std::uint16_t remote_servers::port(transport by) const {
  switch (by) {
    case transport::http:
      return http_;
    case transport::https:
      return https_;
    case transport::git:
      return git_;
    case transport::ssh:
      return ssh_;
    case transport::local:
      break;
  }
  return 0;
}

std::string remote_servers::url(transport by, const std::string& address, std::uint16_t port,
                                const fs::path& repository) const {
  const auto place = address + ":" + std::to_string(port);
  const auto name = fs::relative(repository, root_).string();
  switch (by) {
    case transport::http:
      return "http://" + place + "/" + name;
    case transport::https:
      return "https://" + place + "/" + name;
    case transport::git:
      return "git://" + place + "/" + name;
    case transport::ssh: {
      const auto* account = ::getpwuid(::geteuid());
      return "ssh://" + std::string{account ? account->pw_name : "root"} + "@" + place +
             repository.string();
    }
    case transport::local:
      break;
  }
  return repository.string();
}

std::vector<std::pair<std::string, std::string>> remote_servers::settings(transport by) const {
  const auto at = [this](const char* name) { return (folder_ / name).string(); };
  if (by == transport::https)
    return {{"http.sslCAInfo", at("ca.pem")}};
  if (by == transport::ssh)
    return {{"core.sshCommand", "ssh -F /dev/null -i " + at("user_key") +
                                    " -o IdentitiesOnly=yes -o IdentityAgent=none "
                                    "-o GlobalKnownHostsFile=/dev/null -o UserKnownHostsFile=" +
                                    at("known_hosts")}};
  return {};
}

}  // namespace headway::load
