#include <string>

#include <boost/test/unit_test.hpp>

#include <storage/remote/http_answer.hpp>

BOOST_AUTO_TEST_SUITE(http_answer)

using namespace headway;
using namespace headway::remote;
using step = verdict::step;

namespace {

const std::string address = "https://example.org/x.git";
const std::string refs_type = "application/x-git-upload-pack-result";
const std::string info_type = "application/x-git-upload-pack-advertisement";

headway::remote::http_answer answered(long status, std::string type = {},
                                      std::string_view body = {}) {
  return {.status = status, .content_type = std::move(type), .location = {}, .body = body};
}

verdict info(const headway::remote::http_answer& answer) {
  return judge_info_answer(answer, address, moved::no);
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_a_list_of_refs_of_the_right_type_is_an_answer) {
  BOOST_TEST((judge_refs_answer(answered(200, refs_type, "0000")).next == step::answered));
  BOOST_TEST(
      (judge_refs_answer(answered(200, refs_type + "; charset=x", "0000")).next == step::answered));
  const auto page = judge_refs_answer(answered(200, "text/html; charset=utf-8", "<html>"));
  BOOST_TEST((page.next == step::failed));
  BOOST_TEST((page.code == ec::remote));
  BOOST_TEST(page.error.find("text/html") != std::string::npos);
  BOOST_TEST((judge_refs_answer(answered(200, refs_type, "<html>")).next == step::failed));
  BOOST_TEST((judge_refs_answer(answered(200, "", "0000")).next == step::failed));
}

BOOST_AUTO_TEST_CASE(a_server_that_may_not_know_the_question_is_asked_what_it_is) {
  BOOST_TEST((judge_refs_answer(answered(200, refs_type, "")).next == step::ask_info_refs));
  for (const long status : {301, 302, 307, 308, 400, 403, 404, 405, 415, 501})
    BOOST_TEST((judge_refs_answer(answered(status)).next == step::ask_info_refs), status);
}

BOOST_AUTO_TEST_CASE(failures_have_the_codes_that_git_would_get) {
  const auto check = [](long status, ec code, host_sign host) {
    const auto found = info(answered(status));
    BOOST_TEST((found.next == step::failed), status);
    BOOST_TEST(to_string(found.code) == to_string(code), status);
    BOOST_TEST((found.host == host), status);
    BOOST_TEST(found.error.find(std::to_string(status)) != std::string::npos);
  };
  check(403, ec::auth_required, host_sign::well);
  check(407, ec::auth_required, host_sign::well);
  check(404, ec::not_found, host_sign::well);
  check(410, ec::not_found, host_sign::well);
  check(429, ec::remote, host_sign::throttled);
  check(503, ec::remote, host_sign::throttled);
  check(500, ec::remote, host_sign::ill);
  check(502, ec::remote, host_sign::ill);
}

BOOST_AUTO_TEST_CASE(a_login_by_password_can_be_tried_and_any_other_is_gits_business) {
  auto refused = answered(401);
  BOOST_TEST((judge_refs_answer(refused).next == step::unauthorized));
  refused.wants = headway::remote::http_answer::challenge::password;
  BOOST_TEST((judge_refs_answer(refused).next == step::unauthorized));
  refused.wants = headway::remote::http_answer::challenge::other;
  BOOST_TEST((judge_refs_answer(refused).next == step::left_to_git));
}

BOOST_AUTO_TEST_CASE(redirects_stay_with_the_host) {
  auto away = answered(301);
  away.location = "https://elsewhere.org/x.git/info/refs?service=git-upload-pack";
  const auto other = info(away);
  BOOST_TEST((other.next == step::failed));
  BOOST_TEST(other.error.find("elsewhere.org") != std::string::npos);
  away.location = "https://example.org/new/x.git/info/refs?service=git-upload-pack";
  const auto same = info(away);
  BOOST_TEST((same.next == step::follow));
  BOOST_TEST(same.url == "https://example.org/new/x.git");
  away.location = "https://example.org/login";
  BOOST_TEST((info(away).next == step::failed));
  away.location.clear();
  BOOST_TEST((info(away).next == step::failed));
}

BOOST_AUTO_TEST_CASE(only_a_better_protected_address_is_the_same_host) {
  BOOST_TEST(same_host("http://h/x", "https://h/x"));
  BOOST_TEST(same_host("http://H:80/x", "http://h/y"));
  BOOST_TEST(same_host("http://h:8443/x", "https://h:8443/x"));
  BOOST_TEST(!same_host("http://h/x", "https://h:8443/x"));
  BOOST_TEST(!same_host("http://h:8080/x", "https://h:8443/x"));
  BOOST_TEST(!same_host("https://h/x", "http://h/x"));
  BOOST_TEST(!same_host("https://h/x", "https://h:8443/x"));
  BOOST_TEST(!same_host("https://h/x", "https://h.evil.org/x"));
  BOOST_TEST(!same_host("https://h/x", "https://h@evil.org/x"));
  BOOST_TEST(!same_host("https://h/x", "ftp://h/x"));
  BOOST_TEST(!same_host("http://h/x", ""));
}

BOOST_AUTO_TEST_CASE(what_a_server_says_of_itself_decides) {
  const std::string head = "001e# service=git-upload-pack\n0000";
  const std::string version_two = head + "000eversion 2\n0000";
  BOOST_TEST((info(answered(200, info_type, version_two)).next == step::failed));
  BOOST_TEST((judge_info_answer(answered(200, info_type, version_two), address, moved::yes).next ==
              step::ask_again));
  BOOST_TEST(
      (judge_info_answer(answered(200, info_type, "000eversion 2\n0000"), address, moved::yes)
           .next == step::ask_again));
  const auto old = head + "003d" + std::string(40, 'a') + " refs/heads/main\n0000";
  const auto shown = info(answered(200, info_type, old));
  BOOST_TEST((shown.next == step::answered));
  BOOST_TEST(shown.refs.size() == 1u);
  BOOST_TEST((info(answered(200, "text/plain", "aa")).next == step::left_to_git));
  BOOST_TEST((info(answered(200, "text/html", "<p>")).next == step::failed));
}

BOOST_AUTO_TEST_CASE(addresses_are_made_and_read_back) {
  BOOST_TEST(upload_pack_url("https://h/x/") == "https://h/x/git-upload-pack");
  BOOST_TEST(info_refs_url("https://h/x") == "https://h/x/info/refs?service=git-upload-pack");
  BOOST_TEST(repository_of(info_refs_url("https://h/x")) == "https://h/x");
  BOOST_TEST(repository_of("https://h/x").empty());
}

BOOST_AUTO_TEST_SUITE_END()
