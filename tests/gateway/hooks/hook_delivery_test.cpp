#include <string>

#include <boost/test/unit_test.hpp>

#include <actors/gateway/hooks/hook_delivery.hpp>

BOOST_AUTO_TEST_SUITE(hook_delivery)

using namespace headway::gateway;

namespace {

// The example of GitHub's documentation.
const std::string secret = "It's a Secret to Everybody";
const std::string body = "Hello, World!";
const std::string digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

}  // namespace

BOOST_AUTO_TEST_CASE(senders_are_known_by_their_names) {
  for (const auto* name : {"github", "gitlab", "gitea", "bitbucket"})
    BOOST_TEST(to_string(hook_sender_from(name).value()) == name);
  for (const auto* name : {"", "GitHub", "github ", "sourcehut"})
    BOOST_TEST(!hook_sender_from(name).has_value(), name);
}

BOOST_AUTO_TEST_CASE(a_signature_over_the_raw_body_proves_who_sends) {
  BOOST_TEST(
      proves(hook_sender::github, {{"x-hub-signature-256", "sha256=" + digest}}, body, secret));
  BOOST_TEST(
      proves(hook_sender::bitbucket, {{"x-hub-signature", "sha256=" + digest}}, body, secret));
  BOOST_TEST(proves(hook_sender::gitea, {{"x-gitea-signature", digest}}, body, secret));
  BOOST_TEST(proves(hook_sender::gitlab, {{"x-gitlab-token", secret}}, body, secret));
}

BOOST_AUTO_TEST_CASE(anything_else_proves_nothing) {
  auto other = digest;
  other.back() = other.back() == '0' ? '1' : '0';
  for (const auto& value :
       {std::string{}, digest, "sha1=" + digest, "sha256=" + other, "sha256=" + digest.substr(1),
        "sha256=" + digest + "0", "sha256=" + std::string(64, 'x')})
    BOOST_TEST(!proves(hook_sender::github, {{"x-hub-signature-256", value}}, body, secret), value);
  const hook_fields good{{"x-hub-signature-256", "sha256=" + digest}};
  BOOST_TEST(!proves(hook_sender::github, good, body + " ", secret));
  BOOST_TEST(!proves(hook_sender::github, good, body, secret + " "));
  BOOST_TEST(!proves(hook_sender::github, good, body, ""));
  BOOST_TEST(!proves(hook_sender::gitea, good, body, secret));
  BOOST_TEST(!proves(hook_sender::github, {}, body, secret));
  BOOST_TEST(!proves(hook_sender::gitlab, {{"x-gitlab-token", ""}}, body, ""));
  BOOST_TEST(!proves(hook_sender::gitlab, {{"x-gitlab-token", secret + "x"}}, body, secret));
}

BOOST_AUTO_TEST_CASE(all_addresses_of_the_repository_are_found) {
  const auto found = [](const std::string& text) {
    std::string all;
    const auto urls = repository_urls(text);
    for (const auto& url : urls.value_or(std::vector<std::string>{"no JSON object"}))
      all += (all.empty() ? "" : " ") + url;
    return all;
  };
  BOOST_TEST(found(R"({"ref":"refs/heads/main","repository":{"clone_url":"https://h/a.git",)"
                   R"("ssh_url":"git@h:a.git"}})") == "https://h/a.git git@h:a.git");
  BOOST_TEST(
      found(R"({"project":{"git_http_url":"https://h/a.git","git_ssh_url":"git@h:a.git"}})") ==
      "https://h/a.git git@h:a.git");
  BOOST_TEST(found(R"({"repository":{"links":{"html":{"href":"https://h/a"}}}})") == "https://h/a");
  BOOST_TEST(
      found(
          R"({"repository":{"links":{"clone":[{"href":"https://h/a"},{"href":"ssh://h/a"}]}}})") ==
      "https://h/a ssh://h/a");
  BOOST_TEST(found(R"({"zen":"Design for failure."})").empty());
  BOOST_TEST(found(R"({"repository":{"clone_url":7}})").empty());
  for (const auto* text : {"", "x", "[]", "7", "{", "payload=%7B%7D"})
    BOOST_TEST(found(text) == "no JSON object", text);
  BOOST_TEST(found(std::string(100'000, '[')) == "no JSON object");
}

BOOST_AUTO_TEST_SUITE_END()
