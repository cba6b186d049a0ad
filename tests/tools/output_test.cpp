#include <array>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <tools/process/output.hpp>

namespace headway::test {

using namespace tools;

BOOST_AUTO_TEST_SUITE(output)

BOOST_AUTO_TEST_CASE(everything_arrives) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  BOOST_CHECK(!write_all(ends[1], "text"));
  std::array<char, 8> read{};
  BOOST_TEST(::read(ends[0], read.data(), read.size()) == 4);
  BOOST_TEST(read.data() == "text");
  ::close(ends[0]);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_gone_is_told_apart) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  ::close(ends[0]);
  BOOST_CHECK(code_of(write_all(ends[1], "text")) == ec::cancelled);
  ::close(ends[1]);
  ::signal(SIGPIPE, before);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  BOOST_REQUIRE(full >= 0);
  BOOST_CHECK(code_of(write_all(full, "text")) == ec::disk_full);
  ::close(full);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
