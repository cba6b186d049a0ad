#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <tests/support/git_servers.hpp>
#include <unistd.h>

namespace headway::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* git_core = "/usr/lib/git-core";

[[noreturn]] void give_up(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

int listen_on_free_port(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd, 64) != 0 || ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    give_up("listen");
  port = ntohs(address.sin_port);
  return fd;
}

std::uint16_t free_port() {
  std::uint16_t port = 0;
  ::close(listen_on_free_port(port));
  return port;
}

std::string content_of(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// Another program may take the port between the look and the start: then the next one is tried.
template <class Start>
void with_retries(Start start) {
  for (int attempt = 1;; ++attempt) {
    try {
      start();
      return;
    } catch (const std::runtime_error&) {
      if (attempt == 3)
        throw;
    }
  }
}

void must(const run_result& result, const std::string& what) {
  if (result.status != 0)
    throw std::runtime_error(what + ": " + result.errors);
}

void send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const auto n = ::send(fd, data, size, MSG_NOSIGNAL);
    if (n <= 0)
      return;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
}

}  // namespace

bool has_program(const std::string& name) {
  return run_program({"sh", "-c", "command -v " + name}, "/").status == 0;
}

server_process::server_process(const std::vector<std::string>& argv,
                               const std::vector<std::pair<std::string, std::string>>& environment,
                               const fs::path& log, std::uint16_t port) {
  std::vector<char*> args;
  for (const auto& arg : argv)
    args.push_back(const_cast<char*>(arg.c_str()));
  args.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0)
    give_up("fork");
  if (pid_ == 0) {
    ::setsid();
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    for (const auto& [name, value] : environment)
      ::setenv(name.c_str(), value.c_str(), 1);
    ::execvp(args[0], args.data());
    ::_exit(127);
  }
  exit_event_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  wait_until_ready(port, log);
}

void server_process::wait_until_ready(std::uint16_t port, const fs::path& log) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (std::chrono::steady_clock::now() < deadline) {
    if (const int fd = connect_to(port); fd >= 0) {
      ::close(fd);
      return;
    }
    if (ended_within(3))
      break;
  }
  stop();
  throw std::runtime_error("server did not start: " + content_of(log));
}

bool server_process::ended_within(int milliseconds) {
  pollfd event{exit_event_, POLLIN, 0};
  return ::poll(&event, 1, milliseconds) > 0;
}

void server_process::stop() {
  ::kill(-pid_, SIGTERM);
  ended_within(2000);
  ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::close(exit_event_);
  pid_ = -1;
}

server_process::~server_process() {
  if (pid_ > 0)
    stop();
}

http_server::http_server(const sandbox& box, const fs::path& root, flaw which)
    : folder_{box / ("http-server-" + std::to_string(static_cast<int>(which)))} {
  fs::create_directories(folder_);
  const auto at = [this](const char* name) { return (folder_ / name).string(); };
  const std::string days = which == flaw::expired ? "-1" : "30";
  const std::string names =
      which == flaw::of_another_host ? "DNS:example.org" : "DNS:localhost,IP:127.0.0.1";
  must(run_program({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=" + names, "-addext", "basicConstraints=critical,CA:TRUE",
                    "-keyout", at("server.key"), "-out", at("request")},
                   folder_),
       "openssl req");
  must(run_program({"openssl", "x509", "-req", "-in", at("request"), "-signkey", at("server.key"),
                    "-days", days, "-copy_extensions", "copy", "-out", at("ca.crt")},
                   folder_),
       "openssl x509");
  const auto hash = run_program({"openssl", "passwd", "-apr1", "s3cret"}, folder_);
  must(hash, "openssl passwd");
  box.write(folder_ / "htpasswd", "tester:" + hash.output);
  with_retries([&] {
    port_ = free_port();
    tls_port_ = free_port();
    const std::string backend = std::string{git_core} + "/git-http-backend/";
    const std::string environment = "\"GIT_PROJECT_ROOT\" => \"" + root.string() +
                                    "\", \"GIT_HTTP_EXPORT_ALL\" => \"1\", "
                                    "\"GIT_CONFIG_NOSYSTEM\" => \"1\", "
                                    "\"GIT_CONFIG_GLOBAL\" => \"/dev/null\"";
    box.write(
        folder_ / "lighttpd.conf",
        "server.document-root = \"" + root.string() + "\"\nserver.bind = \"127.0.0.1\"\n" +
            "server.port = " + std::to_string(port_) + "\nserver.errorlog = \"" + at("errors") +
            "\"\nserver.upload-dirs = ( \"" + folder_.string() + "\" )\n" +
            "server.stream-response-body = 2\nserver.modules = ( \"mod_setenv\", \"mod_alias\", "
            "\"mod_auth\", \"mod_authn_file\", \"mod_cgi\", \"mod_openssl\" )\n" +
            "$SERVER[\"socket\"] == \"127.0.0.1:" + std::to_string(tls_port_) +
            "\" { ssl.engine = \"enable\" ssl.pemfile = \"" + at("ca.crt") + "\" ssl.privkey = \"" +
            at("server.key") + "\" }\n" + "alias.url = ( \"/auth/\" => \"" + backend +
            "\", \"/old/\" => \"" + backend + "\", \"/\" => \"" + backend +
            "\" )\ncgi.assign = ( \"\" => \"\" )\n" + "setenv.add-environment = ( " + environment +
            " )\n" + "$HTTP[\"url\"] =^ \"/old/\" { setenv.add-environment = ( " + environment +
            ", \"GIT_PROTOCOL\" => \"version=0\" ) }\n" +
            "auth.backend = \"htpasswd\"\nauth.backend.htpasswd.userfile = \"" + at("htpasswd") +
            "\"\n$HTTP[\"url\"] =^ \"/auth/\" { auth.require = ( \"\" => ( \"method\" => "
            "\"basic\", "
            "\"realm\" => \"git\", \"require\" => \"valid-user\" ) ) }\n");
    process_ = std::make_unique<server_process>(
        std::vector<std::string>{"/usr/sbin/lighttpd", "-D", "-f", at("lighttpd.conf")},
        std::vector<std::pair<std::string, std::string>>{}, folder_ / "log", port_);
  });
}

bool http_server::available() {
  return fs::exists("/usr/sbin/lighttpd") && fs::exists("/usr/lib/lighttpd/mod_openssl.so") &&
         has_program("openssl");
}

std::string http_server::url(const std::string& repository) const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/" + repository;
}

std::string http_server::https_url(const std::string& repository) const {
  return "https://127.0.0.1:" + std::to_string(tls_port_) + "/" + repository;
}

std::string http_server::old_url(const std::string& repository) const {
  return url("old/" + repository);
}

std::string http_server::auth_url(const std::string& repository) const {
  return "https://127.0.0.1:" + std::to_string(tls_port_) + "/auth/" + repository;
}

// Not through `git daemon`: that is a wrapper, and its number is not the server's.
git_daemon::git_daemon(const sandbox& box, const fs::path& root) {
  with_retries([&] {
    port_ = free_port();
    process_ = std::make_unique<server_process>(
        std::vector<std::string>{std::string{git_core} + "/git-daemon", "--reuseaddr",
                                 "--export-all", "--base-path=" + root.string(),
                                 "--listen=127.0.0.1", "--port=" + std::to_string(port_),
                                 "--log-destination=stderr", root.string()},
        std::vector<std::pair<std::string, std::string>>{}, box / "git-daemon.log", port_);
  });
}

std::string git_daemon::url(const std::string& repository) const {
  return "git://127.0.0.1:" + std::to_string(port_) + "/" + repository;
}

ssh_server::ssh_server(const sandbox& box) : folder_{box / "ssh-server"} {
  fs::create_directories(folder_);
  const auto at = [this](const std::string& name) { return (folder_ / name).string(); };
  for (const std::string name : {"host", "user", "stranger"})
    must(run_program({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", at(name)}, folder_),
         "ssh-keygen");
  fs::copy_file(at("user.pub"), at("authorized_keys"));
  box.write(at("no_hosts"), "");
  if (::geteuid() == 0)
    fs::create_directories("/run/sshd");
  with_retries([&] {
    port_ = free_port();
    box.write(at("sshd_config"),
              "Port " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nHostKey " + at("host") +
                  "\nPidFile " + at("pid") + "\nAuthorizedKeysFile " + at("authorized_keys") +
                  "\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n" +
                  "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n" +
                  "AcceptEnv GIT_PROTOCOL\nMaxStartups 100\nUseDNS no\nPrintMotd no\n" +
                  // bash reads ~/.bashrc for ssh unless another shell has started it; that of a
                  // person may take longer than git.
                  "SetEnv GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null SHLVL=1\n");
    process_ = std::make_unique<server_process>(
        std::vector<std::string>{"/usr/sbin/sshd", "-D", "-e", "-f", at("sshd_config")},
        std::vector<std::pair<std::string, std::string>>{}, folder_ / "log", port_);
  });
  box.write(at("known_hosts"),
            "[127.0.0.1]:" + std::to_string(port_) + " " + content_of(at("host.pub")));
  box.write(at("other_hosts"),
            "[127.0.0.1]:" + std::to_string(port_) + " " + content_of(at("stranger.pub")));
}

bool ssh_server::available() {
  const auto* account = ::getpwuid(::geteuid());
  return fs::exists("/usr/sbin/sshd") && has_program("ssh") && account != nullptr &&
         std::string_view{account->pw_shell}.ends_with("sh");
}

std::string ssh_server::url(const fs::path& repository) const {
  return std::string{"ssh://"} + ::getpwuid(::geteuid())->pw_name +
         "@127.0.0.1:" + std::to_string(port_) + repository.string();
}

std::string ssh_server::command(const std::string& key, const std::string& known_hosts) const {
  return "ssh -F /dev/null -i " + (folder_ / key).string() +
         " -o IdentitiesOnly=yes -o IdentityAgent=none -o UserKnownHostsFile=" +
         (folder_ / known_hosts).string() + " -o GlobalKnownHostsFile=/dev/null";
}

std::string ssh_server::command() const {
  return command("user", "known_hosts");
}

std::string ssh_server::command_without_known_host() const {
  return command("user", "no_hosts");
}

std::string ssh_server::command_with_wrong_host_key() const {
  return command("user", "other_hosts");
}

std::string ssh_server::command_with_wrong_key() const {
  return command("stranger", "known_hosts");
}

std::size_t ssh_server::logins() const {
  const auto log = content_of(folder_ / "log");
  std::size_t count = 0;
  for (auto at = log.find("Accepted publickey"); at != std::string::npos;
       at = log.find("Accepted publickey", at + 1))
    ++count;
  return count;
}

namespace {

// Whether somebody's request for a connection to `port` is unanswered, as the kernel tells; it
// answers none while the queue of the listener is full.
bool await_syn_to(std::uint16_t port) {
  std::array<char, 16> wanted{};
  std::snprintf(wanted.data(), wanted.size(), ":%04X 02 ", port);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (std::chrono::steady_clock::now() < until) {
    if (content_of("/proc/net/tcp").find(wanted.data()) != std::string::npos)
      return true;
    ::poll(nullptr, 0, 2);
  }
  return false;
}

}  // namespace

fault_server::fault_server()
    : listener_{listen_on_free_port(port_)},
      stop_{::eventfd(0, EFD_CLOEXEC)},
      stalled_{::eventfd(0, EFD_CLOEXEC)} {}

fault_server::~fault_server() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
  if (acceptor_.joinable())
    acceptor_.join();
  for (auto& connection : connections_)
    connection.join();
  for (const int fd : in_the_way_)
    ::close(fd);
  for (const int fd : {listener_, stop_, stalled_})
    ::close(fd);
}

void fault_server::serve(behaviour what) {
  behaviour_ = std::move(what);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

// True when `first` (or `second`) can be read, false when the server stops.
bool fault_server::wait_readable(int first, int second) {
  std::array<pollfd, 3> events{{{stop_, POLLIN, 0}, {first, POLLIN, 0}, {second, POLLIN, 0}}};
  while (::poll(events.data(), events.size(), -1) < 0 && errno == EINTR) {
  }
  return events[0].revents == 0;
}

void fault_server::accept_all() {
  while (wait_readable(listener_, -1)) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0)
      continue;
    ++accepted_;
    connections_.emplace_back([this, connection] {
      behaviour_(connection);
      ::close(connection);
    });
  }
}

void fault_server::say_that_it_stalls() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stalled_, &one, sizeof one);
}

void fault_server::stay_until_stopped() {
  say_that_it_stalls();
  wait_readable(-1, -1);
}

bool fault_server::wait_for_stalls(std::uint64_t count) {
  if (!in_the_way_.empty())
    return await_syn_to(port_);
  while (stalls_ < count) {
    pollfd event{stalled_, POLLIN, 0};
    std::uint64_t more = 0;
    if (::poll(&event, 1, 20'000) <= 0 || ::read(stalled_, &more, sizeof more) != sizeof more)
      return false;
    stalls_ += more;
  }
  return true;
}

void fault_server::pass_on(int connection, std::uint16_t port, std::size_t limit,
                           const limit_action& at_limit) {
  const int upstream = connect_to(port);
  std::size_t returned = 0;
  std::array<char, 16384> buffer;
  while (upstream >= 0 && wait_readable(connection, upstream)) {
    std::array<pollfd, 2> ready{{{connection, POLLIN, 0}, {upstream, POLLIN, 0}}};
    ::poll(ready.data(), ready.size(), 0);
    const int from = ready[0].revents != 0 ? connection : upstream;
    const auto n = ::recv(from, buffer.data(), buffer.size(), 0);
    if (n <= 0)
      break;
    const auto size = static_cast<std::size_t>(n);
    const std::string_view text{buffer.data(), size};
    if (from == connection && (text.starts_with("POST ") || text.starts_with("GET ")))
      ++requests_;
    const bool reached = from == upstream && returned < limit && returned + size >= limit;
    returned += from == upstream ? size : 0;
    if (reached && !at_limit(buffer.data(), size))
      break;
    send_all(from == connection ? upstream : connection, buffer.data(), size);
  }
  if (upstream >= 0)
    ::close(upstream);
}

std::string fault_server::read_request(int connection) {
  std::string request;
  std::array<char, 4096> buffer;
  // Of HTTP, or of Git's own protocol, where a flush ends what is asked.
  while (request.find("\r\n\r\n") == std::string::npos && !request.ends_with("0000") &&
         wait_readable(connection, -1)) {
    const auto n = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (n <= 0)
      return {};
    request.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return request;
}

std::unique_ptr<fault_server> fault_server::answering(std::string bytes) {
  std::unique_ptr<fault_server> server{new fault_server};
  server->serve([self = server.get(), bytes = std::move(bytes)](int connection) {
    if (self->read_request(connection).empty())
      return;
    send_all(connection, bytes.data(), bytes.size());
    ::shutdown(connection, SHUT_WR);
  });
  return server;
}

std::unique_ptr<fault_server> fault_server::resetting(std::string bytes) {
  std::unique_ptr<fault_server> server{new fault_server};
  server->serve([self = server.get(), bytes = std::move(bytes)](int connection) {
    self->read_request(connection);
    send_all(connection, bytes.data(), bytes.size());
    const linger at_once{1, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  });
  return server;
}

std::unique_ptr<fault_server> fault_server::closing() {
  std::unique_ptr<fault_server> server{new fault_server};
  server->serve([](int) {});
  return server;
}

std::unique_ptr<fault_server> fault_server::silent() {
  std::unique_ptr<fault_server> server{new fault_server};
  server->serve([self = server.get()](int) { self->stay_until_stopped(); });
  return server;
}

std::unique_ptr<fault_server> fault_server::stalling(std::uint16_t port, std::size_t limit) {
  std::unique_ptr<fault_server> server{new fault_server};
  server->serve([self = server.get(), port, limit](int connection) {
    self->pass_on(connection, port, limit, [self, connection](char* bytes, std::size_t size) {
      send_all(connection, bytes, size);
      self->stay_until_stopped();
      return false;
    });
  });
  return server;
}

std::unique_ptr<fault_server> fault_server::dripping(std::uint16_t port, std::size_t limit) {
  std::unique_ptr<fault_server> server{new fault_server};
  server->serve([self = server.get(), port, limit](int connection) {
    self->pass_on(connection, port, limit, [self, connection](const char* bytes, std::size_t size) {
      self->say_that_it_stalls();
      pollfd stop{self->stop_, POLLIN, 0};
      constexpr int pause = 20;  // Milliseconds.
      for (std::size_t i = 0; i < size && ::poll(&stop, 1, pause) == 0; ++i)
        send_all(connection, bytes + i, 1);
      self->stay_until_stopped();
      return false;
    });
  });
  return server;
}

std::unique_ptr<fault_server> fault_server::unreachable() {
  std::unique_ptr<fault_server> server{new fault_server};
  ::listen(server->listener_, 0);
  // All that its queue holds; from then on the kernel passes over what comes.
  server->in_the_way_.push_back(connect_to(server->port_));
  return server;
}

std::unique_ptr<fault_server> fault_server::breaking(std::uint16_t port, std::size_t limit,
                                                     breakage how) {
  std::unique_ptr<fault_server> server{new fault_server};
  server->serve([self = server.get(), port, limit, how](int connection) {
    self->pass_on(connection, port, limit, [connection, how](char* bytes, std::size_t size) {
      if (how == breakage::one_wrong_byte) {
        bytes[size - 1] = static_cast<char>(bytes[size - 1] ^ 0x55);
        return true;
      }
      const linger at_once{1, 0};
      if (how == breakage::reset)
        ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return false;
    });
  });
  return server;
}

std::unique_ptr<fault_server> fault_server::relaying(std::uint16_t port) {
  return breaking(port, std::numeric_limits<std::size_t>::max(), breakage::end);
}

std::string fault_server::url(const std::string& path, std::string_view scheme) const {
  return std::string{scheme} + "://127.0.0.1:" + std::to_string(port_) + "/" + path;
}

std::string http_response(const std::string& status, const std::string& content_type,
                          const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + content_type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
         body;
}

}  // namespace headway::test
