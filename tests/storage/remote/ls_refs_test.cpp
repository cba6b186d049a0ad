#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

#include <messages/error.hpp>
#include <storage/remote/ls_refs.hpp>
#include <storage/remote/pkt_line.hpp>

BOOST_AUTO_TEST_SUITE(ls_refs)

using namespace headway;
using namespace headway::remote;

namespace {

const std::string id_a(40, 'a');
const std::string id_b(40, 'b');

std::string packets(const std::vector<std::string>& lines) {
  std::string result;
  for (const auto& line : lines)
    append_pkt(result, line + "\n");
  append_flush(result);
  return result;
}

std::string trouble(const std::string& answer) {
  const auto refs = parse_ls_refs(answer);
  BOOST_REQUIRE_MESSAGE(!refs, "believed: " << answer);
  BOOST_TEST((code_of(refs.error()) == ec::remote));
  return detail_of(refs.error());
}

std::string service(const std::string& rest) {
  std::string result;
  append_pkt(result, "# service=git-upload-pack\n");
  append_flush(result);
  return result + rest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_request_names_each_ref_and_nothing_else) {
  BOOST_TEST(ls_refs_request({"refs/heads/main"}) ==
             "0014command=ls-refs\n0016agent=git/headway\n"
             "0001001eref-prefix refs/heads/main0000");
}

BOOST_AUTO_TEST_CASE(thousands_of_refs_are_asked_for_by_their_folders) {
  std::vector<std::string> refs{"refs/tags/v1", "refs/odd"};
  for (int i = 0; i < 2000; ++i)
    refs.push_back("refs/heads/topic/" + std::to_string(i));
  const auto request = ls_refs_request(refs);
  BOOST_TEST(request.size() < 200u);
  for (const auto* prefix :
       {"ref-prefix refs/heads/", "ref-prefix refs/tags/", "ref-prefix refs/odd"})
    BOOST_TEST(request.find(prefix) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_list_of_refs_is_read_and_attributes_are_passed_over) {
  const auto refs = parse_ls_refs(
      packets({id_a + " HEAD symref-target:refs/heads/main", id_a + " refs/heads/main",
               id_b + " refs/heads/topic/x", id_b + " refs/tags/v1 peeled:" + id_a}));
  BOOST_REQUIRE(refs);
  BOOST_TEST(refs->size() == 4u);
  BOOST_TEST(refs->at("refs/heads/topic/x").hex() == id_b);
  BOOST_TEST(refs->at("refs/tags/v1").hex() == id_b);
}

BOOST_AUTO_TEST_CASE(a_list_without_refs_is_an_answer) {
  const auto refs = parse_ls_refs("0000");
  BOOST_REQUIRE(refs);
  BOOST_TEST(refs->empty());
}

BOOST_AUTO_TEST_CASE(a_broken_answer_is_refused_as_a_whole) {
  const auto good = packets({id_a + " refs/heads/main", id_b + " refs/heads/b"});
  for (std::size_t length = 0; length < good.size(); ++length)
    BOOST_TEST(trouble(good.substr(0, length)).find("is cut short") != std::string::npos);
  BOOST_TEST(trouble(good + "0000").find("goes on after its end") != std::string::npos);
  BOOST_TEST(trouble("<html><body>Sign in</body></html>").find("not in Git's format") !=
             std::string::npos);
  const std::vector<std::string> bad_lines{
      "",
      id_a,
      id_a + " ",
      id_a + "\trefs/heads/main",
      id_a.substr(1) + " refs/heads/main",
      id_a + "a refs/heads/main",
      std::string(40, 'g') + " refs/heads/main",
      std::string(40, '0') + " refs/heads/main",
      "unborn HEAD symref-target:refs/heads/main",
      id_a + " heads/main",
      id_a + " refs/",
      id_a + " refs/heads/a\x01",
  };
  for (const auto& line : bad_lines)
    BOOST_TEST(trouble(packets({id_b + " refs/heads/b", line})).find("no ref") !=
               std::string::npos);
  BOOST_TEST(trouble(packets({id_a + " refs/heads/a", id_b + " refs/heads/a"})).find("no ref") !=
             std::string::npos);
  std::string delimited;
  append_pkt(delimited, id_a + " refs/heads/a\n");
  append_delimiter(delimited);
  append_flush(delimited);
  BOOST_TEST(trouble(delimited).find("not in Git's format") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(words_of_the_server_are_passed_on_without_secrets_and_control_characters) {
  const auto words = trouble(packets({"ERR no \x1b[31mway to https://me:pw@host/x"}));
  BOOST_TEST(words == "the remote says: no  [31mway to https://host/x");
}

BOOST_AUTO_TEST_CASE(servers_of_old_versions_show_their_refs_unasked) {
  const auto capabilities = std::string{'\0'} + "multi_ack side-band-64k agent=git/1.9";
  const auto body = service(packets({id_a + " HEAD" + capabilities, id_a + " refs/heads/main",
                                     id_b + " refs/tags/v1", id_a + " refs/tags/v1^{}"}));
  const auto old = parse_http_advertisement(body);
  BOOST_REQUIRE(old);
  BOOST_TEST(old->version == 0);
  BOOST_TEST(old->refs.size() == 3u);
  BOOST_TEST(old->refs.at("refs/tags/v1").hex() == id_b);
  const auto first = parse_http_advertisement(
      service(packets({"version 1", id_a + " refs/heads/main" + capabilities})));
  BOOST_REQUIRE(first);
  BOOST_TEST(first->version == 1);
  BOOST_TEST(first->refs.size() == 1u);
  const auto second = parse_http_advertisement(service(packets({"version 2", "ls-refs=unborn"})));
  BOOST_REQUIRE(second);
  BOOST_TEST(second->version == 2);
  const auto empty = parse_http_advertisement(
      service(packets({std::string(40, '0') + " capabilities^{}" + capabilities})));
  BOOST_REQUIRE(empty);
  BOOST_TEST(empty->refs.empty());
}

BOOST_AUTO_TEST_CASE(a_broken_advertisement_is_refused_as_a_whole) {
  const auto good = service(packets({id_a + " HEAD", id_a + " refs/heads/main"}));
  for (std::size_t length = 0; length < good.size(); ++length)
    BOOST_TEST(!parse_http_advertisement(good.substr(0, length)));
  for (const auto& body :
       {good + "0000", std::string{"<html>"}, service("0003"), service(packets({"version 3"})),
        service(packets({"nonsense"})), packets({id_a + " HEAD"})})
    BOOST_TEST(!parse_http_advertisement(body), body);
}

BOOST_AUTO_TEST_CASE(a_stream_says_when_its_advertisement_is_complete) {
  const auto shown = packets({id_a + " HEAD"});
  for (std::size_t length = 0; length < shown.size(); ++length) {
    const auto part = parse_advertisement(std::string_view{shown}.substr(0, length));
    BOOST_REQUIRE(part);
    BOOST_TEST(!part->has_value());
  }
  const auto all = shown + "next";
  const auto complete = parse_advertisement(all);
  BOOST_REQUIRE(complete);
  BOOST_REQUIRE(complete->has_value());
  BOOST_TEST((*complete)->rest == "next");
  BOOST_TEST(!parse_advertisement(packets({"ERR access denied"})));
}

BOOST_AUTO_TEST_CASE(no_bytes_make_the_parsers_fail_in_another_way) {
  std::mt19937 random{7};
  const auto seed = service(packets({"version 2", id_a + " HEAD", id_b + " refs/heads/main"}));
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = seed;
    for (int change = 0; change < 4; ++change) {
      const auto at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 8);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 8));
      }
      if (bytes.empty())
        bytes = "0";
    }
    BOOST_REQUIRE_NO_THROW(static_cast<void>(parse_http_advertisement(bytes)));
    BOOST_REQUIRE_NO_THROW(static_cast<void>(parse_ls_refs(bytes)));
    if (const auto shown = parse_advertisement(bytes); shown && *shown)
      BOOST_REQUIRE((*shown)->rest.size() <= bytes.size());
  }
}

BOOST_AUTO_TEST_CASE(tags_come_with_what_they_lead_to) {
  const std::string id_c(40, 'c');
  const auto light = id_a + " refs/tags/light";
  const auto tags = parse_tags(packets({light, id_b + " refs/tags/v1 peeled:" + id_c}));
  BOOST_REQUIRE(tags);
  BOOST_TEST(tags->at("refs/tags/light").target.hex() == id_a);
  BOOST_TEST(tags->at("refs/tags/v1").id.hex() == id_b);
  BOOST_TEST(tags->at("refs/tags/v1").target.hex() == id_c);
  BOOST_TEST(parse_tags("0000")->empty());
  const auto whole = packets({light});
  for (const auto& text : {std::string{}, whole.substr(0, whole.size() - 4), whole + "0000",
                           packets({id_a + " refs/heads/x"}), packets({light, light}),
                           packets({light + " peeled:zz"}), packets({"ERR no"})})
    BOOST_TEST((code_of(parse_tags(text).error()) == ec::remote), text);
}

BOOST_AUTO_TEST_SUITE_END()
