#include <boost/test/unit_test.hpp>

#include <tools/client/documents.hpp>
#include <tools/client/event_stream.hpp>

BOOST_AUTO_TEST_SUITE(event_stream)

namespace {

std::string events_in(const std::vector<std::string>& pieces) {
  headway::tools::event_stream stream;
  std::string told;
  for (const auto& piece : pieces)
    stream.feed(piece, [&](std::string_view name, std::string_view data) {
      told.append(name).append("=").append(data).append(";");
    });
  return told;
}

}  // namespace

BOOST_AUTO_TEST_CASE(events_are_told_when_they_are_complete) {
  const std::string text =
      "retry: 1000\n\n:\n\nid: 7\nevent: status\ndata: {}\n\n"
      "event: reset\ndata:\n\n";
  const std::string expected = "status={};reset=;";
  BOOST_TEST(events_in({text}) == expected);
  std::vector<std::string> bytes;
  for (const char c : text)
    bytes.emplace_back(1, c);
  BOOST_TEST(events_in(bytes) == expected);
}

BOOST_AUTO_TEST_CASE(lines_of_data_are_one_text) {
  BOOST_TEST(events_in({"data: a\r\ndata:b\r\n\r\n"}) == "=a\nb;");
  BOOST_TEST(events_in({"event: x\ndata: unfinished"}) == "");
}

BOOST_AUTO_TEST_CASE(a_fetch_is_as_far_as_its_busiest_remote) {
  using namespace headway;
  const auto stage = [](const std::string& remotes) {
    const auto news = tools::parse_fetch_news(R"({"project":"a","remotes":[)" + remotes + "]}");
    BOOST_REQUIRE(news);
    return to_string(news->stage);
  };
  BOOST_TEST(stage(R"({"stage":"done"},{"stage":"queued"})") == "queued");
  BOOST_TEST(stage(R"({"stage":"running"},{"stage":"queued"})") == "running");
  BOOST_TEST(stage("") == "done");
  BOOST_TEST(!tools::parse_fetch_news("{}"));
  BOOST_TEST(tools::parse_removed(R"({"id":"a"})")->slug == "a");
}

BOOST_AUTO_TEST_SUITE_END()
