/// A gateway on a port of its own before a scripted engine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>
#include <tests/gateway/http_client.hpp>
#include <tests/gateway/scripted_api.hpp>

#include <actors/gateway/http_gateway.hpp>

namespace headway::test {

/// A request without a body as bytes; `fields` are whole lines.
inline std::string ask(std::string_view method, std::string_view target,
                       std::string_view fields = "") {
  return std::string{method}
      .append(" ")
      .append(target)
      .append(" HTTP/1.1\r\nHost: localhost\r\n")
      .append(fields)
      .append("\r\n");
}

inline std::string ask_with_body(std::string_view method, std::string_view target,
                                 std::string_view body,
                                 std::string_view type = "application/json") {
  const auto fields = "Content-Type: " + std::string{type} +
                      "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return ask(method, target, fields).append(body);
}

struct gateway_fixture {
  gateway_fixture() { config.port = 0; }

  http_client connect() {
    if (!gateway) {
      gateway.emplace(config, api, nullptr, limits);
      const auto error = gateway->start();
      BOOST_REQUIRE_MESSAGE(!error, (error ? describe(error) : ""));
    }
    return http_client{gateway->port()};
  }

  response exchange(std::string_view bytes, answer_kind kind = answer_kind::with_body) {
    auto client = connect();
    client.send(bytes);
    return client.read(kind);
  }

  response get(std::string_view target, std::string_view fields = "") {
    return exchange(ask("GET", target, fields));
  }

  http_config config;
  gateway_limits limits;
  scripted_api api;
  std::optional<http_gateway> gateway;
};

inline boost::json::value json_of(const response& from) {
  boost::json::error_code error;
  auto value = boost::json::parse(from.body, error);
  BOOST_REQUIRE_MESSAGE(!error, "no JSON: " << from.body);
  return value;
}

/// Checks that `from` is a problem document and answers with its detail.
inline std::string problem_detail(const response& from, unsigned status) {
  BOOST_TEST(from.status == status);
  BOOST_TEST(from.field("Content-Type") == "application/problem+json");
  const auto document = json_of(from);
  BOOST_TEST(document.at("status").to_number<unsigned>() == status);
  for (const char* member : {"type", "title", "instance"})
    BOOST_TEST(document.at(member).is_string());
  return std::string{document.at("detail").as_string()};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline project_info linux_project() {
  return {{"linux"}, "/src/linux", project_state::fresh, ""};
}

inline sync_status_ptr linux_status() {
  sync_status status;
  status.project = {"linux"};
  status.path = "/src/linux";
  status.state = project_state::fresh;
  status.as_of = wall_time{std::chrono::milliseconds{1'795'503'600'000}};
  status.branches.push_back({.name = "main",
                             .head = true,
                             .upstream = "origin/main",
                             .remote = "origin",
                             .local_oid = oid{},
                             .remote_oid = oid{},
                             .ahead = 0,
                             .behind = 3,
                             .state = branch_state::behind});
  return std::make_shared<const sync_status>(std::move(status));
}

inline fetch_report_ptr fetch_number(std::uint64_t id, fetch_stage stage) {
  fetch_report report;
  report.id = {id};
  report.project = {"linux"};
  report.reason = fetch_reason::user_asked;
  report.stage = stage;
  return std::make_shared<const fetch_report>(std::move(report));
}

}  // namespace headway::test
