#include <sys/stat.h>
#include <tests/storage/git/fetch_world.hpp>

#include <messages/error.hpp>
#include <storage/git/host_token.hpp>

using namespace headway;
using namespace headway::test;

namespace {

/// A server that wants a login, a clone of it without one, and a file for the token.
struct locked_world : world {
  explicit locked_world(fetch_backend which) : backend{which}, token{box / "token"} {
    clone(web.url("server.git"));
    box.git(here(), {"remote", "set-url", "origin", web.auth_url("server.git")});
    box.git(here(), {"config", "http.sslCAInfo", web.ca_file().string()});
  }

  fs::path here() const { return box / "clone"; }
  /// As `fetch.tokens` would say it, for the host of `url`.
  static token_source source_for(const std::string& url, const std::string& where) {
    auto host = host_key(url);
    host.insert(host.find("://") + 3, "tester@");
    return parse_token_source(host + "=" + where).value();
  }
  void hold(const std::string& text, mode_t mode = 0600) const {
    box.write(token, text);
    ::chmod(token.c_str(), mode);
  }
  git::fetch_options how(std::vector<token_source> tokens) const {
    auto result = options();
    result.backend = backend;
    result.tokens = std::move(tokens);
    return result;
  }
  git::fetch_options how() const {
    return how({source_for(web.auth_url(""), "file:" + token.string())});
  }
  fetch_target target() const { return target_of(box, here(), {"main", "a", "b"}); }

  fetch_backend backend;
  http_server web{box, box / "srv"};
  fs::path token;
};

template <class What>
void with_both(What what) {
  with_both_backends<locked_world>(what);
}

std::string problem_of(const std::vector<token_source>& sources, const std::string& url) {
  const auto found = git::find_token(sources, url);
  BOOST_REQUIRE(!found);
  BOOST_TEST((code_of(found.error()) == ec::auth_required));
  return detail_of(found.error());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(host_token)

BOOST_AUTO_TEST_CASE(a_token_is_for_the_host_that_it_is_named_for) {
  const variable set{"HEADWAY_TEST_TOKEN", "abc"};
  const auto sources = parse_token_sources(
      {"git.example.org=env:HEADWAY_TEST_TOKEN", "bot@other.example:8443=env:HEADWAY_TEST_TOKEN"});
  const auto found = [&](const std::string& url) { return git::find_token(sources, url).value(); };
  BOOST_TEST((found("https://git.example.org/a.git") == remote::login{"x-access-token", "abc"}));
  BOOST_TEST((found("https://GIT.example.org:443/a") == remote::login{"x-access-token", "abc"}));
  BOOST_TEST((found("https://me@git.example.org/a") == remote::login{"me", "abc"}));
  BOOST_TEST((found("https://other.example:8443/a") == remote::login{"bot", "abc"}));
  for (const auto* url :
       {"http://git.example.org/a.git", "https://git.example.org:8443/a", "https://example.org/a",
        "https://git.example.org.evil/a", "https://other.example/a", "git@git.example.org:a",
        "ssh://git.example.org/a", "/git.example.org/a", "https://me:secret@git.example.org/a", ""})
    BOOST_TEST(!found(url), url);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_token_is_told_without_it) {
  sandbox box;
  const std::string url = "https://git.example.org/a";
  const auto file = (box / "token").string();
  const auto of_file = parse_token_sources({"git.example.org=file:" + file});
  BOOST_TEST(problem_of(of_file, url).find(file + " cannot be read") != std::string::npos);
  box.write(file, "t0ken\n");
  ::chmod(file.c_str(), 0604);
  BOOST_TEST(problem_of(of_file, url).find("chmod o= " + file) != std::string::npos);
  BOOST_TEST(problem_of(of_file, url).find("t0ken") == std::string::npos);
  ::chmod(file.c_str(), 0600);
  BOOST_TEST((git::find_token(of_file, url).value()->password == "t0ken"));
  for (const auto* text : {"", "\n", "t0 ken\n", "\x1bt0ken"}) {
    box.write(file, text);
    const auto words = problem_of(of_file, url);
    BOOST_TEST(words.find("is no token") != std::string::npos, words);
    BOOST_TEST(words.find("t0") == std::string::npos, words);
  }
  const auto of_variable = parse_token_sources({"git.example.org=env:HEADWAY_NO_SUCH_TOKEN"});
  BOOST_TEST(problem_of(of_variable, url).find("HEADWAY_NO_SUCH_TOKEN is not set") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_lets_in_and_is_read_anew_for_each_fetch) {
  with_both([](locked_world& w) {
    w.hold("wr0ng-token\n");
    auto tip = w.advance("a");
    auto report = fetch_now(w.target(), w.how());
    check(report, fetch_outcome::auth_required, ec::auth_required);
    BOOST_TEST(report.error.find("fetch.tokens") != std::string::npos, report.error);
    BOOST_TEST(report.error.find("wr0ng") == std::string::npos, report.error);
    w.hold("s3cret\n");
    check(fetch_now(w.target(), w.how()), fetch_outcome::updated);
    BOOST_TEST(w.at_clone("origin/a") == tip);
    const variable set{"HEADWAY_TEST_TOKEN", "s3cret"};
    tip = w.advance("b");
    report =
        fetch_now(w.target(),
                  w.how({locked_world::source_for(w.web.auth_url(""), "env:HEADWAY_TEST_TOKEN")}));
    check(report, fetch_outcome::updated);
    BOOST_TEST(w.at_clone("origin/b") == tip);
    w.hold("s3cret\n", 0644);
    report = fetch_now(w.target(), w.how());
    check(report, fetch_outcome::auth_required, ec::auth_required);
    BOOST_TEST(report.error.find("chmod") != std::string::npos, report.error);
  });
}

BOOST_AUTO_TEST_CASE(a_token_stands_in_no_argument_and_no_report_and_no_helper_hears_of_it) {
  with_both([](locked_world& w) {
    w.hold("s3cret\n");
    const auto heard = w.box / "heard";
    w.box.write(heard, "");
    w.box.git(w.here(),
              {"config", "credential.helper", "!f() { tee -a " + heard.string() + "; }; f"});
    w.advance("a");
    const auto recorded = w.box / "arguments";
    const auto target = w.target();
    const auto report = [&] {
      const front_git front{w.box, "echo \"$@\" >>" + recorded.string()};
      return fetch_now(target, w.how());
    }();
    check(report, fetch_outcome::updated);
    BOOST_TEST(w.box.read(recorded).find("ls-remote") != std::string::npos);
    BOOST_TEST(w.box.read(recorded).find("s3cret") == std::string::npos);
    BOOST_TEST(w.box.read(heard) == "");
    w.box.git(w.here(), {"fsck"});
    const auto left = run_program({"grep", "-r", "s3cret", w.here().string()}, w.box.root());
    BOOST_TEST(left.output == "");
  });
}

// The other host would take it: the token is its very password.
BOOST_AUTO_TEST_CASE(a_token_does_not_follow_a_redirect_to_another_host) {
  with_both([](locked_world& w) {
    w.hold("s3cret\n");
    const auto there = w.web.auth_url("server.git") + "/info/refs?service=git-upload-pack";
    const auto redirecting =
        fault_server::answering("HTTP/1.1 302 Found\r\nLocation: " + there +
                                "\r\nContent-Length: 0\r\n" + "Connection: close\r\n\r\n");
    const auto url = redirecting->url("server.git");
    w.box.git(w.here(), {"remote", "set-url", "origin", url});
    w.advance("a");
    const auto before = w.at_clone("origin/a");
    auto how = w.how({locked_world::source_for(url, "file:" + w.token.string())});
    const auto report = fetch_now(w.target(), how);
    check(report, fetch_outcome::auth_required, ec::auth_required);
    BOOST_TEST(w.at_clone("origin/a") == before);
    // It is this token that is not taken along: its own host gets it.
    how.tokens = w.how().tokens;
    w.box.git(w.here(), {"remote", "set-url", "origin", w.web.auth_url("server.git")});
    check(fetch_now(w.target(), how), fetch_outcome::updated);
  });
}

BOOST_AUTO_TEST_CASE(a_host_without_a_token_is_asked_as_before) {
  with_both([](locked_world& w) {
    w.hold("s3cret\n");
    const auto other = parse_token_sources({"git.example.org=file:" + w.token.string()});
    check(fetch_now(w.target(), w.how(other)), fetch_outcome::auth_required, ec::auth_required);
    w.box.git(w.here(), {"config", "credential.helper",
                         "!f() { echo username=tester; echo password=s3cret; }; f"});
    w.advance("a");
    check(fetch_now(w.target(), w.how(other)), fetch_outcome::updated);
  });
}

BOOST_AUTO_TEST_SUITE_END()
