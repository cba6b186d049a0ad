/// Real servers of Git on loopback, each on a free port, as the user who runs the tests; and one
/// that misbehaves as it is told.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/types.h>
#include <tests/support/sandbox.hpp>

namespace headway::test {

/// Whether a program can be found; tests that need a missing one say so and end.
bool has_program(const std::string& name);

/// A program in a session of its own; stopped with everything that it started.
class server_process {
 public:
  /// Ready when `port` accepts connections. Throws with the end of `log` when it does not become
  /// so.
  server_process(const std::vector<std::string>& argv,
                 const std::vector<std::pair<std::string, std::string>>& environment,
                 const std::filesystem::path& log, std::uint16_t port);
  ~server_process();
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

 private:
  void wait_until_ready(std::uint16_t port, const std::filesystem::path& log);
  void stop();
  bool ended_within(int milliseconds);
  pid_t pid_ = -1;
  int exit_event_ = -1;
};

/// `git http-backend` behind lighttpd, for the bare repositories below `root`. HTTP, and HTTPS with
/// a certificate of the test's own; below "/auth/" user "tester" with password "s3cret" only; below
/// "/old/" in version 0 of Git's protocol only.
class http_server {
 public:
  /// What is wrong with its certificate.
  enum class flaw { none, expired, of_another_host };
  http_server(const sandbox& box, const std::filesystem::path& root, flaw which = flaw::none);

  static bool available();
  std::string url(const std::string& repository) const;
  std::string https_url(const std::string& repository) const;
  std::string auth_url(const std::string& repository) const;
  std::string old_url(const std::string& repository) const;
  std::uint16_t port() const noexcept { return port_; }
  std::filesystem::path ca_file() const { return folder_ / "ca.crt"; }

 private:
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::unique_ptr<server_process> process_;
};

class git_daemon {
 public:
  git_daemon(const sandbox& box, const std::filesystem::path& root);

  std::string url(const std::string& repository) const;
  std::uint16_t port() const noexcept { return port_; }

 private:
  std::uint16_t port_ = 0;
  std::unique_ptr<server_process> process_;
};

/// sshd with keys of its own for the user who runs the tests.
class ssh_server {
 public:
  explicit ssh_server(const sandbox& box);

  static bool available();
  std::string url(const std::filesystem::path& repository) const;
  /// ssh with the right key and host key and nothing of the user's configuration.
  std::string command() const;
  /// The same, but the host is unknown to it.
  std::string command_without_known_host() const;
  /// The same, but the host is known by another key.
  std::string command_with_wrong_host_key() const;
  /// The same, but with a key that the server does not know.
  std::string command_with_wrong_key() const;
  /// Connections that have logged in so far.
  std::size_t logins() const;

 private:
  std::string command(const std::string& key, const std::string& known_hosts) const;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<server_process> process_;
};

/// Accepts connections and does one thing with each.
class fault_server {
 public:
  /// Reads the request, sends `bytes`, closes.
  static std::unique_ptr<fault_server> answering(std::string bytes);
  static std::unique_ptr<fault_server> closing();
  /// Reads the request, sends `bytes`, resets the connection.
  static std::unique_ptr<fault_server> resetting(std::string bytes);
  /// Accepts and stays silent.
  static std::unique_ptr<fault_server> silent();
  /// Passes everything on to `port` and back until `limit` bytes have come back on any one
  /// connection; from then on nothing flows and nothing is closed.
  static std::unique_ptr<fault_server> stalling(std::uint16_t port, std::size_t limit);
  /// The same, but from then on a byte comes back now and then.
  static std::unique_ptr<fault_server> dripping(std::uint16_t port, std::size_t limit);
  /// Listens, and takes no connection: they hang before they are made.
  static std::unique_ptr<fault_server> unreachable();
  /// Passes everything on to `port` and back until `limit` bytes have come back on any one
  /// connection, and then does this to it.
  enum class breakage { reset, end, one_wrong_byte };
  static std::unique_ptr<fault_server> breaking(std::uint16_t port, std::size_t limit,
                                                breakage how);
  /// Passes everything on to `port` and back.
  static std::unique_ptr<fault_server> relaying(std::uint16_t port);

  ~fault_server();
  fault_server(const fault_server&) = delete;
  fault_server& operator=(const fault_server&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string url(const std::string& path, std::string_view scheme = "http") const;
  /// Blocks until a stalling server has stalled, a dripping one drips, a silent one has a
  /// connection, or somebody wants one of an unreachable one; false after 20 s.
  bool wait_for_stall() { return wait_for_stalls(1); }
  /// Likewise until so many connections have.
  bool wait_for_stalls(std::uint64_t count);
  /// Connections accepted and HTTP requests passed on so far.
  std::size_t connections() const noexcept { return accepted_; }
  std::size_t requests() const noexcept { return requests_; }

 private:
  using behaviour = std::function<void(int connection)>;
  fault_server();
  void serve(behaviour what);
  void accept_all();
  bool wait_readable(int first, int second);
  std::string read_request(int connection);
  /// `at_limit` is given what has just come and answers whether to go on.
  using limit_action = std::function<bool(char* bytes, std::size_t size)>;
  void pass_on(int connection, std::uint16_t port, std::size_t limit, const limit_action& at_limit);
  void say_that_it_stalls();
  void stay_until_stopped();

  std::uint16_t port_ = 0;  // Before the listener, whose making sets it.
  int listener_ = -1;
  int stop_ = -1;
  int stalled_ = -1;
  std::uint64_t stalls_ = 0;     ///< Waited for so far.
  std::vector<int> in_the_way_;  ///< What fills the queue of an unreachable server.
  std::atomic<std::size_t> accepted_{0};
  std::atomic<std::size_t> requests_{0};
  behaviour behaviour_;
  std::thread acceptor_;
  std::list<std::thread> connections_;
};

/// A whole HTTP/1.1 response.
std::string http_response(const std::string& status, const std::string& content_type,
                          const std::string& body);

}  // namespace headway::test
