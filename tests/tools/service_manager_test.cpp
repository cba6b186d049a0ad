#include <map>

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <tests/support/sandbox.hpp>
#include <unistd.h>

#include <tools/headwayd/service_manager.hpp>

namespace headway::test {

namespace {

/// The other end: what systemd would hear.
class listening_manager {
 public:
  explicit listening_manager(const std::string& address) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    address.copy(where.sun_path, sizeof where.sun_path);
    if (address.front() == '@')
      where.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    BOOST_REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  }
  ~listening_manager() { ::close(socket_); }

  std::string hear() {
    char text[4096];
    const auto size = ::recv(socket_, text, sizeof text, MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string{text, static_cast<std::size_t>(size)};
  }

 private:
  int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

tools::environment variables(std::map<std::string, std::string, std::less<>> all) {
  return [all = std::move(all)](std::string_view name) -> std::optional<std::string> {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional{found->second};
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(service_manager)

BOOST_AUTO_TEST_CASE(each_turn_of_a_life_is_told) {
  const sandbox box;
  const auto path = (box / "notify").string();
  listening_manager manager{path};
  const tools::service_manager told{variables({{"NOTIFY_SOCKET", path}}), 4711};
  told.ready("serving on http://127.0.0.1:8420");
  BOOST_TEST(manager.hear() == "READY=1\nSTATUS=serving on http://127.0.0.1:8420");
  told.alive();
  BOOST_TEST(manager.hear() == "WATCHDOG=1");
  told.reloading();
  BOOST_TEST(manager.hear().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  told.stopping();
  BOOST_TEST(manager.hear() == "STOPPING=1");
}

BOOST_AUTO_TEST_CASE(sockets_without_a_file_are_spoken_to_too) {
  const auto name = "@headway-test-" + std::to_string(::getpid());
  listening_manager manager{name};
  const tools::service_manager told{variables({{"NOTIFY_SOCKET", name}}), 4711};
  told.stopping();
  BOOST_TEST(manager.hear() == "STOPPING=1");
}

BOOST_AUTO_TEST_CASE(without_a_manager_nothing_is_said) {
  for (const char* address : {"", "relative", "/nowhere/notify"}) {
    const tools::service_manager told{variables({{"NOTIFY_SOCKET", address}}), 4711};
    told.ready("");
    BOOST_TEST(!told.watch_interval());
  }
}

BOOST_AUTO_TEST_CASE(a_sign_of_life_is_due_twice_in_each_period) {
  const auto interval = [](std::map<std::string, std::string, std::less<>> all) {
    return tools::service_manager{variables(std::move(all)), 4711}.watch_interval();
  };
  BOOST_TEST(interval({{"WATCHDOG_USEC", "30000000"}})->count() == 15'000);
  BOOST_TEST(interval({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "4711"}})->count() ==
             15'000);
  BOOST_TEST(!interval({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}}));
  for (const char* period : {"", "0", "x", "-1"})
    BOOST_TEST(!interval({{"WATCHDOG_USEC", period}}), period);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
