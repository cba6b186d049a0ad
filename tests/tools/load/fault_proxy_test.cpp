#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <tools/load/fault_proxy.hpp>

using namespace headway::load;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Sends back what it gets, one connection after the other, until it is gone.
class echo_server {
 public:
  echo_server() : thread_{[this] { serve(); }} {}
  ~echo_server() {
    // A connection that says nothing wakes it up.
    tcp::socket last{io_};
    last.connect(acceptor_.local_endpoint());
    gone_ = true;
    last.close();
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void serve() {
    while (!gone_) {
      tcp::socket guest{io_};
      acceptor_.accept(guest);
      std::array<char, 1024> buffer;
      error_code error;
      for (;;) {
        const auto size = guest.read_some(asio::buffer(buffer), error);
        if (error)
          break;
        asio::write(guest, asio::buffer(buffer, size), error);
      }
    }
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::atomic<bool> gone_{false};
  std::thread thread_;
};

/// A proxy with one host, running.
struct proxied_echo {
  ~proxied_echo() {
    proxy.stop();
    thread.join();
  }

  /// What comes back for "hello", or the error in its place.
  std::string ask() {
    asio::io_context io;
    tcp::socket socket{io};
    error_code error;
    socket.connect({asio::ip::make_address(proxy.address(0)), proxy.port(0)}, error);
    if (error == asio::error::connection_refused)
      return "refused";
    asio::write(socket, asio::buffer("hello", 5), error);
    std::string text(5, '\0');
    asio::read(socket, asio::buffer(text), error);
    return error == asio::error::connection_reset ? "reset" : error ? "closed" : text;
  }

  /// Asks until the answer is `wanted`: an order takes a moment to arrive.
  bool comes_to(const std::string& wanted) {
    for (int attempt = 0; attempt < 1'000; ++attempt)
      if (ask() == wanted)
        return true;
    return false;
  }

  echo_server echo;
  fault_proxy proxy{{{.upstream = echo.port()}}, 1};
  std::thread thread{[this] { proxy.run(); }};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fault_proxy, proxied_echo)

BOOST_AUTO_TEST_CASE(passes_on_what_both_sides_say) {
  BOOST_TEST(ask() == "hello");
  BOOST_TEST(proxy.traffic().bytes_up == 5u);
  BOOST_TEST(proxy.traffic().bytes_down == 5u);
  BOOST_TEST(proxy.traffic().broken == 0u);
}

BOOST_AUTO_TEST_CASE(a_host_that_refuses_has_no_listener_until_it_heals) {
  proxy.fail(0, host_failure::refuse);
  BOOST_TEST(comes_to("refused"));
  proxy.fail(0, host_failure::none);
  BOOST_TEST(comes_to("hello"));
}

BOOST_AUTO_TEST_CASE(a_host_that_resets_resets) {
  proxy.fail(0, host_failure::reset);
  BOOST_TEST(comes_to("reset"));
}

BOOST_AUTO_TEST_CASE(a_host_that_is_overloaded_says_so_in_http) {
  proxy.fail(0, host_failure::http_503);
  BOOST_TEST(comes_to("HTTP/"));
}

BOOST_AUTO_TEST_CASE(a_line_that_loses_every_connection_breaks_it) {
  proxy.set_link(0, {.loss_percent = 100});
  // Before it is lost a connection may pass up to 4 KiB: enough of these break at once.
  bool broke = false;
  for (int i = 0; i < 10'000 && !broke; ++i)
    broke = ask() == "reset";
  BOOST_TEST(broke);
}

BOOST_AUTO_TEST_CASE(answers_take_as_long_as_the_line) {
  proxy.set_link(0, {.latency = milliseconds{20}});
  BOOST_TEST(ask().size() == 5u);
  const auto begun = std::chrono::steady_clock::now();
  BOOST_TEST(ask() == "hello");
  // A round trip for the connection, one way for the question and one for the answer.
  BOOST_TEST((std::chrono::steady_clock::now() - begun >= milliseconds{80}));
}

BOOST_AUTO_TEST_CASE(all_connections_share_the_capacity_of_a_line) {
  proxy.set_link(0, {.capacity = 1'000});
  BOOST_TEST(ask() == "hello");
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::thread> guests;
  for (int i = 0; i < 8; ++i)
    guests.emplace_back([this] { ask(); });
  for (auto& guest : guests)
    guest.join();
  // 40 bytes each way; each connection alone would take 10 ms for its five.
  BOOST_TEST((std::chrono::steady_clock::now() - begun >= milliseconds{40}));
}

BOOST_AUTO_TEST_SUITE_END()
