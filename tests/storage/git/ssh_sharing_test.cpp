#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <tests/support/sandbox.hpp>
#include <unistd.h>

#include <storage/git/ssh_sharing.hpp>

BOOST_AUTO_TEST_SUITE(ssh_sharing)

using namespace headway;

namespace {

const std::string plain = "ssh -F /dev/null";

struct fixture {
  test::sandbox box;
  git::ssh_sharing sharing;
};

std::string folder_of(git::ssh_sharing& sharing) {
  const auto options = sharing.options_for(plain, "git@a.invalid:x");
  const auto begin = options.find("ControlPath=") + 12;
  return options.substr(begin, options.rfind('/') - begin);
}

}  // namespace

BOOST_AUTO_TEST_CASE(destinations_are_those_that_git_gives_to_ssh) {
  const auto told = [](const char* url) {
    const auto [host, port] = git::ssh_destination_of(url);
    return host + "|" + port;
  };
  BOOST_TEST(told("git@example.org:x/y.git") == "git@example.org|");
  BOOST_TEST(told("ssh://me@example.org/x") == "me@example.org|");
  BOOST_TEST(told("ssh://example.org:2222/x") == "example.org|2222");
  BOOST_TEST(told("ssh://[::1]:22/x") == "::1|22");
  BOOST_TEST(told("ssh://[::1]/x") == "::1|");
}

BOOST_FIXTURE_TEST_CASE(the_same_command_and_host_share_and_all_others_do_not, fixture) {
  const auto first = sharing.options_for(plain, "git@a.invalid:x");
  BOOST_TEST(first.find("-oControlMaster=auto") != std::string::npos, first);
  BOOST_TEST(first == sharing.options_for(plain, "git@a.invalid:y"));
  BOOST_TEST(first != sharing.options_for(plain, "me@a.invalid:x"));
  BOOST_TEST(first != sharing.options_for(plain, "ssh://git@a.invalid:2222/x"));
  // Another key may log in as somebody else at the same host.
  BOOST_TEST(first != sharing.options_for(plain + " -i other", "git@a.invalid:x"));
}

BOOST_FIXTURE_TEST_CASE(what_the_user_shares_is_the_users, fixture) {
  box.write(box / "config", "Host own.invalid\n\tControlPath /x/%C\n");
  const auto command = "ssh -F " + (box / "config").string();
  BOOST_TEST(sharing.options_for(command, "git@own.invalid:x").empty());
  BOOST_TEST(!sharing.options_for(command, "git@other.invalid:x").empty());
  BOOST_TEST(sharing.options_for(plain + " -S /x/y", "git@a.invalid:x").empty());
}

BOOST_FIXTURE_TEST_CASE(what_is_not_openssh_gets_no_options, fixture) {
  BOOST_TEST(sharing.options_for("plink", "git@a.invalid:x").empty());
  BOOST_TEST(sharing.options_for(plain, "-oProxyCommand=x:y").empty());
  BOOST_TEST(sharing.options_for("ssh --nonsense", "git@a.invalid:x").empty());
}

BOOST_AUTO_TEST_CASE(its_folder_goes_with_it) {
  std::string folder;
  {
    git::ssh_sharing sharing;
    folder = folder_of(sharing);
    const auto allowed = std::filesystem::status(folder).permissions();
    BOOST_TEST((allowed == std::filesystem::perms::owner_all));
  }
  BOOST_TEST(!std::filesystem::exists(folder));
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_left_goes_and_what_others_use_stays) {
  git::ssh_sharing used;
  const auto in_use = folder_of(used);
  int pipe[2];
  BOOST_REQUIRE(::pipe(pipe) == 0);
  const auto child = ::fork();
  if (child == 0) {
    git::ssh_sharing lost;
    const auto folder = folder_of(lost);
    const auto written = ::write(pipe[1], folder.data(), folder.size());
    // Without destructors, as SIGKILL would end it.
    ::_exit(written == static_cast<ssize_t>(folder.size()) ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string left(200, '\0');
  const auto length = ::read(pipe[0], left.data(), left.size());
  ::close(pipe[0]);
  int status = -1;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(status == 0);
  left.resize(static_cast<std::size_t>(length));
  BOOST_TEST(std::filesystem::exists(left));
  git::ssh_sharing next;
  folder_of(next);
  BOOST_TEST(!std::filesystem::exists(left));
  BOOST_TEST(std::filesystem::exists(in_use));
}

BOOST_AUTO_TEST_SUITE_END()
