#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <storage/git/fetch_failure.hpp>

using namespace headway;
using namespace headway::git;

namespace {

struct saying {
  const char* errors;
  ec code;
};

std::ostream& operator<<(std::ostream& stream, const saying& x) {
  return stream << x.errors;
}

// As git 2.39, curl and OpenSSH 9.2 write them.
const saying sayings[] = {
    {"fatal: Authentication failed for 'https://h/x.git/'\n", ec::auth_required},
    {"fatal: could not read Username for 'https://h': terminal prompts disabled\n",
     ec::auth_required},
    {"git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.\n",
     ec::auth_required},
    {"Host key verification failed.\nfatal: Could not read from remote repository.\n",
     ec::auth_required},
    {"fatal: unable to access 'https://h/x/': The requested URL returned error: 403\n",
     ec::auth_required},
    {"fatal: unable to access 'https://h/x/': The requested URL returned error: 429\n", ec::remote},
    {"fatal: unable to access 'https://h/x/': The requested URL returned error: 500\n", ec::remote},
    {"fatal: unable to access 'https://h/x/': The requested URL returned error: 503\n", ec::remote},
    {"fatal: repository 'https://h/x/' not found\n", ec::not_found},
    {"fatal: '/srv/x.git' does not appear to be a git repository\nfatal: Could not read from "
     "remote "
     "repository.\n",
     ec::not_found},
    {"fatal: remote error: access denied or repository not exported: /x.git\n", ec::not_found},
    {"fatal: protocol error: bad line length character: <htm\n", ec::remote},
    {"fatal: unable to access 'https://h/': SSL certificate problem: certificate has expired\n",
     ec::remote},
    {"fatal: git upload-pack: not our ref 0123\nfatal: remote error: upload-pack: not our ref\n",
     ec::remote},
    {"fatal: unable to access 'https://h/x/': Could not resolve host: h\n", ec::network},
    {"ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote "
     "repository.\n",
     ec::network},
    {"ssh: connect to host h port 22: Connection timed out\n", ec::network},
    {"fatal: unable to look up h (port 9418) (Name or service not known)\n", ec::network},
    {"fatal: unable to access 'http://h/x/': Failed to connect to h port 80 after 0 ms: Couldn't "
     "connect to server\n",
     ec::network},
    {"fatal: the remote end hung up unexpectedly\n", ec::network},
    {"fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: "
     "fetch-pack: invalid index-pack output\n",
     ec::network},
    {"error: RPC failed; curl 28 Operation too slow. Less than 1024 bytes/sec\n", ec::network},
    {"kex_exchange_identification: Connection closed by remote host\n", ec::network},
    {"fatal: write error: No space left on device\nfatal: index-pack failed\n", ec::disk_full},
    {"fatal: not a git repository: '/home/u/x/.git'\n", ec::missing},
    {"fatal: loose object 1234 (stored in .git/objects/12/34) is corrupt\n", ec::corrupt},
    {"fatal: bad config line 1 in file .git/config\n", ec::corrupt},
    {"error: insufficient permission for adding an object to repository database .git/objects\n",
     ec::permission_denied},
    {"error: cannot lock ref 'refs/remotes/o/x': Unable to create '/x/.git/refs/remotes/o/x.lock': "
     "Permission denied\n",
     ec::permission_denied},
    {"error: cannot lock ref 'refs/remotes/o/x': Unable to create '/x/.git/packed-refs.lock': File "
     "exists.\n\nAnother git process seems to be running\n",
     ec::in_use},
    {"error: cannot lock ref 'refs/remotes/o/x': is at 12 but expected 34\n", ec::io},
    {"fatal: transport 'ext' not allowed\n", ec::config},
    {"fatal: something nobody has ever seen\n", ec::io},
    {"", ec::io},
};

child_result failed_with(const std::string& errors, int status = 128) {
  child_result result;
  result.status = status;
  result.errors = errors;
  return result;
}

child_result ended(child_result::ending how) {
  child_result result;
  result.how = how;
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fetch_failure)

BOOST_DATA_TEST_CASE(knows_what_git_means, boost::unit_test::data::make(sayings), known) {
  BOOST_TEST(to_string(code_in(known.errors)) == to_string(known.code));
}

BOOST_AUTO_TEST_CASE(says_what_was_attempted_and_what_git_said) {
  const auto failure =
      classify("asking remote 'o' for its refs",
               failed_with("fatal: unable to access 'http://h/': Could not resolve host: h\n"));
  BOOST_TEST(
      failure.sentence ==
      "asking remote 'o' for its refs: unable to access 'http://h/': Could not resolve host: h");
  BOOST_TEST(to_string(failure.outcome) == "failed");
}

BOOST_AUTO_TEST_CASE(skips_lines_that_say_nothing) {
  BOOST_TEST(
      meaningful_line("\nFrom http://h/x\n   a..b  x -> o/x\nwarning: redirecting\nhint: do\n"
                      "remote: Counting objects: 3\n@@@@@\nfatal: the reason\n") == "the reason");
  BOOST_TEST(meaningful_line("From h\n\n") == "");
}

BOOST_AUTO_TEST_CASE(shows_no_credential) {
  const auto failure = classify(
      "fetching",
      failed_with("fatal: Authentication failed for 'https://u:s3cret@h/x?token=t0ken'\n"));
  BOOST_TEST(failure.sentence.find("s3cret") == std::string::npos);
  BOOST_TEST(failure.sentence.find("t0ken") == std::string::npos);
  BOOST_TEST(failure.sentence.find("https://h/x") != std::string::npos);
  BOOST_TEST(to_string(failure.outcome) == "auth_required");
}

BOOST_AUTO_TEST_CASE(shows_no_control_characters_and_no_endless_line) {
  const auto line = meaningful_line("remote: \x1b[2Jowned\a\r\n");
  BOOST_TEST(line == "remote:  [2Jowned");
  BOOST_TEST(meaningful_line(std::string(100'000, 'x')).size() < 500u);
}

BOOST_AUTO_TEST_CASE(a_silent_child_is_described_by_its_status) {
  BOOST_TEST(classify("fetching", failed_with("", 7)).sentence ==
             "fetching: git ended with status 7");
  auto killed = ended(child_result::ending::signalled);
  killed.status = 9;
  BOOST_TEST(classify("fetching", killed).sentence == "fetching: git was killed by signal 9");
}

BOOST_AUTO_TEST_CASE(a_killed_git_is_not_what_its_dying_helpers_complain_about) {
  auto killed = ended(child_result::ending::signalled);
  killed.status = 9;
  killed.errors = "fatal: early EOF\n";
  BOOST_TEST(to_string(classify("fetching", killed).code) == "io");
}

BOOST_AUTO_TEST_CASE(a_connection_that_closed_while_git_wrote_is_a_network_failure) {
  auto killed = ended(child_result::ending::signalled);
  killed.status = 13;
  BOOST_TEST(to_string(classify("fetching", killed).code) == "network");
  killed.errors = "fatal: remote error: access denied or repository not exported: /x\n";
  BOOST_TEST(to_string(classify("fetching", killed).code) == "not_found");
}

BOOST_AUTO_TEST_CASE(says_which_ref_was_rejected) {
  const auto failure = classify(
      "fetching",
      failed_with("From h\n   a..b  x -> o/x\n ! [rejected]  y -> o/y  (non-fast-forward)\n", 1));
  BOOST_TEST(failure.sentence == "fetching: [rejected]  y -> o/y  (non-fast-forward)");
  BOOST_TEST(to_string(failure.code) == "io");
}

BOOST_AUTO_TEST_CASE(tells_deadline_cancellation_and_flood_apart) {
  using ending = child_result::ending;
  const auto late = classify("fetching", ended(ending::timed_out));
  BOOST_TEST(to_string(late.code) == "deadline_exceeded");
  BOOST_TEST(to_string(late.outcome) == "timed_out");
  const auto stopped = classify("fetching", ended(ending::cancelled));
  BOOST_TEST(to_string(stopped.code) == "cancelled");
  BOOST_TEST(to_string(stopped.outcome) == "cancelled");
  BOOST_TEST(to_string(classify("fetching", ended(ending::output_too_large)).code) == "remote");
}

BOOST_AUTO_TEST_SUITE_END()
