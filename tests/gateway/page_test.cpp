#include <fstream>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <tests/gateway/gateway_fixture.hpp>

#include <actors/gateway/page.hpp>

BOOST_FIXTURE_TEST_SUITE(page, headway::test::gateway_fixture)

using namespace headway::test;

namespace {

std::string committed(const std::string& name) {
  std::ifstream file{std::string{HEADWAY_PAGE_FOLDER} + "/" + name, std::ios::binary};
  BOOST_REQUIRE_MESSAGE(file, name << " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_files_are_those_of_the_sources) {
  const std::vector<std::array<std::string, 3>> files{
      {"/", "index.html", "text/html; charset=utf-8"},
      {"/page.js", "page.js", "text/javascript; charset=utf-8"},
      {"/page.css", "page.css", "text/css; charset=utf-8"},
      {"/icon.svg", "icon.svg", "image/svg+xml"}};
  for (const auto& [path, name, type] : files) {
    const auto answer = get(path);
    BOOST_TEST(answer.status == 200u, path);
    BOOST_TEST(answer.field("Content-Type") == type);
    BOOST_CHECK(answer.body == committed(name));
  }
}

BOOST_AUTO_TEST_CASE(clients_that_take_gzip_get_it) {
  const auto plain = get("/page.js");
  const auto compressed = get("/page.js", "Accept-Encoding: br, gzip\r\n");
  BOOST_TEST(!plain.has("Content-Encoding"));
  BOOST_TEST(compressed.field("Content-Encoding") == "gzip");
  BOOST_TEST(compressed.body.substr(0, 2) == "\x1f\x8b");
  BOOST_TEST(compressed.body.size() < plain.body.size() / 2);
  for (const auto* answer : {&plain, &compressed})
    BOOST_TEST(answer->field("Vary") == "Accept-Encoding");
  BOOST_TEST(plain.field("ETag") != compressed.field("ETag"));
}

BOOST_AUTO_TEST_CASE(gzip_is_sent_only_to_those_who_name_it) {
  using headway::gateway::accepts_gzip;
  for (const char* yes :
       {"gzip", "GZIP", "br, gzip", "gzip;q=0.5", "deflate;q=0, gzip ; q=1", "\tgzip\t"})
    BOOST_TEST(accepts_gzip(yes), yes);
  for (const char* no : {"", "br", "gzip;q=0", "gzip; q=0.000", "x-gzip", "gzipped", ",", "*"})
    BOOST_TEST(!accepts_gzip(no), no);
}

BOOST_AUTO_TEST_CASE(a_file_that_the_client_has_is_not_sent_again) {
  const auto first = get("/page.css");
  const auto again = get("/page.css", "If-None-Match: " + first.field("ETag") + "\r\n");
  BOOST_TEST(again.status == 304u);
  BOOST_TEST(again.field("ETag") == first.field("ETag"));
  BOOST_TEST(first.field("Cache-Control") == "no-cache");
  BOOST_TEST(get("/page.css", "If-None-Match: \"other\"\r\n").status == 200u);
}

BOOST_AUTO_TEST_CASE(the_page_may_load_nothing_from_elsewhere) {
  for (const char* path : {"/", "/page.js", "/page.css", "/icon.svg"})
    BOOST_TEST(contains(get(path).field("Content-Security-Policy"), "default-src 'self'"), path);
  for (const char* name : {"index.html", "page.css"})
    for (const char* elsewhere : {"http://", "https://", "url(//", "@import"})
      BOOST_TEST(!contains(committed(name), elsewhere), name << " names " << elsewhere);
}

BOOST_AUTO_TEST_CASE(nobody_writes_to_the_page) {
  problem_detail(exchange(ask("POST", "/", "Content-Length: 0\r\n")), 405);
  BOOST_TEST(exchange(ask("HEAD", "/"), answer_kind::head).status == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
