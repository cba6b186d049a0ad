#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <tests/gateway/gateway_fixture.hpp>
#include <tests/support/sandbox.hpp>

namespace {

using namespace headway;
using namespace headway::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct doors_fixture : gateway_fixture {
  std::unique_ptr<http_gateway> open() {
    auto made = std::make_unique<http_gateway>(config, api);
    const auto error = made->start();
    BOOST_REQUIRE_MESSAGE(!error, (error ? describe(error) : ""));
    return made;
  }

  std::string refusal(ec expected) {
    headway::http_gateway second{config, api};
    const auto error = second.start();
    BOOST_TEST(to_string(code_of(error)) == to_string(expected));
    return detail_of(error);
  }

  unsigned health_at(const fs::path& socket) {
    http_client client{socket};
    client.send(ask("GET", "/healthz"));
    return client.read().status;
  }

  sandbox box;
};

/// A socket without a listener, as a node leaves it that was killed.
void leave_a_socket(const fs::path& path) {
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  path.native().copy(where.sun_path, sizeof where.sun_path - 1);
  BOOST_REQUIRE(::bind(left, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  ::close(left);
}

int listening_socket() {
  const int made = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  BOOST_REQUIRE(::bind(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  BOOST_REQUIRE(::listen(made, 16) == 0);
  return made;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(doors, doors_fixture)

BOOST_AUTO_TEST_CASE(a_unix_socket_is_for_its_user_alone_and_gone_afterwards) {
  config.socket = box / "node.sock";
  auto node = open();
  struct stat facts {};
  BOOST_REQUIRE(::stat(config.socket.c_str(), &facts) == 0);
  BOOST_TEST((facts.st_mode & 07777) == 0600u);
  BOOST_TEST(health_at(config.socket) == 200u);
  BOOST_TEST(node->urls().size() == 2u);
  BOOST_TEST(node->urls().back() == "unix:" + config.socket);
  BOOST_TEST(node->stop(5s));
  BOOST_TEST(!fs::exists(config.socket));
}

BOOST_AUTO_TEST_CASE(a_node_may_listen_on_a_unix_socket_alone) {
  config.address = "";
  config.socket = box / "node.sock";
  const auto node = open();
  BOOST_TEST(node->port() == 0);
  BOOST_TEST(node->address() == config.socket);
  BOOST_TEST(health_at(config.socket) == 200u);
}

BOOST_AUTO_TEST_CASE(writes_need_no_token_on_a_unix_socket) {
  config.socket = box / "node.sock";
  const auto node = open();
  api.remove.answer(linux_project());
  http_client client{fs::path{config.socket}};
  client.send("DELETE /projects/linux HTTP/1.1\r\nHost: anything\r\n\r\n");
  BOOST_TEST(client.read().status == 204u);
}

BOOST_AUTO_TEST_CASE(a_socket_that_was_left_behind_is_replaced) {
  config.socket = box / "node.sock";
  leave_a_socket(config.socket);
  const auto node = open();
  BOOST_TEST(health_at(config.socket) == 200u);
}

BOOST_AUTO_TEST_CASE(a_socket_that_somebody_listens_on_stays_his) {
  config.socket = box / "node.sock";
  const auto node = open();
  BOOST_TEST(contains(refusal(ec::in_use), config.socket));
  BOOST_TEST(health_at(config.socket) == 200u);
}

BOOST_AUTO_TEST_CASE(a_file_of_that_name_is_left_alone) {
  config.socket = box / "notes";
  box.write(config.socket, "mine");
  refusal(ec::in_use);
  BOOST_TEST(box.read(config.socket) == "mine");
}

BOOST_AUTO_TEST_CASE(paths_that_cannot_be_are_explained) {
  config.socket = box / "none" / "node.sock";
  BOOST_TEST(contains(refusal(ec::config), "does not exist"));
  config.socket = "/" + std::string(200, 'x');
  BOOST_TEST(contains(refusal(ec::config), "longer than the 107 bytes"));
  config.socket = "";
  config.address = "";
  BOOST_TEST(contains(refusal(ec::config), "both empty"));
}

BOOST_AUTO_TEST_CASE(sockets_that_are_handed_over_are_served_instead) {
  config.address = "192.0.2.1";
  headway::http_gateway node{config, api};
  const auto error = node.start({listening_socket()});
  BOOST_REQUIRE_MESSAGE(!error, (error ? describe(error) : ""));
  http_client client{node.port()};
  client.send(ask("GET", "/healthz"));
  BOOST_TEST(client.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(what_is_handed_over_must_listen) {
  const int idle = ::socket(AF_INET, SOCK_STREAM, 0);
  headway::http_gateway node{config, api};
  const auto error = node.start({idle});
  ::close(idle);
  BOOST_TEST(to_string(code_of(error)) == to_string(ec::config));
  BOOST_TEST(contains(detail_of(error), "does not listen"));
}

BOOST_AUTO_TEST_CASE(a_file_of_tokens_that_is_wrong_is_no_start_and_no_change) {
  config.tokens_file = box / "tokens";
  BOOST_TEST(contains(refusal(ec::config), "http.tokens_file"));
  box.write(config.tokens_file, "write aaaaaaaaaaaaaaaa\n");
  fs::permissions(config.tokens_file, fs::perms::owner_read | fs::perms::owner_write);
  const auto node = open();
  const auto status_with = [&](const char* token) {
    http_client client{node->port()};
    client.send(ask("GET", "/healthz", "Authorization: Bearer " + std::string{token} + "\r\n"));
    return client.read().status;
  };
  BOOST_TEST(status_with("aaaaaaaaaaaaaaaa") == 200u);
  box.write(config.tokens_file, "nonsense\n");
  BOOST_TEST(to_string(code_of(node->reload(config))) == to_string(ec::config));
  BOOST_TEST(status_with("aaaaaaaaaaaaaaaa") == 200u);
  box.write(config.tokens_file, "write bbbbbbbbbbbbbbbb\n");
  BOOST_TEST(!node->reload(config));
  BOOST_TEST(status_with("aaaaaaaaaaaaaaaa") == 401u);
  BOOST_TEST(status_with("bbbbbbbbbbbbbbbb") == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
