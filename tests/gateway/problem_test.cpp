#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <actors/gateway/problem.hpp>

BOOST_AUTO_TEST_SUITE(problem)

using headway::ec;
using headway::make_error;
using headway::gateway::reply;
using headway::gateway::status_of;

namespace gateway = headway::gateway;

namespace {

std::string field_of(const reply& from, std::string_view name) {
  for (const auto& [key, value] : from.fields)
    if (key == name)
      return value;
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_code_has_the_status_that_says_whose_turn_it_is) {
  BOOST_TEST(status_of(ec::invalid_argument) == 400u);
  BOOST_TEST(status_of(ec::not_found) == 404u);
  BOOST_TEST(status_of(ec::missing) == 404u);
  BOOST_TEST(status_of(ec::already_exists) == 409u);
  BOOST_TEST(status_of(ec::not_a_repository) == 422u);
  BOOST_TEST(status_of(ec::unsupported_object_format) == 422u);
  for (const auto code : {ec::outside_allowed_roots, ec::foreign_owner, ec::permission_denied})
    BOOST_TEST(status_of(code) == 403u);
  for (const auto code : {ec::overloaded, ec::shutting_down, ec::cancelled, ec::budget_exceeded})
    BOOST_TEST(status_of(code) == 503u);
  BOOST_TEST(status_of(ec::deadline_exceeded) == 504u);
  for (const auto code : {ec::auth_required, ec::network, ec::remote})
    BOOST_TEST(status_of(code) == 502u);
  for (const auto code : {ec::corrupt, ec::io, ec::internal, ec::config, ec::none})
    BOOST_TEST(status_of(code) == 500u);
  BOOST_TEST(status_of(ec::disk_full) == 507u);
}

BOOST_AUTO_TEST_CASE(an_error_becomes_a_document_that_names_it) {
  const auto made = gateway::problem(make_error(ec::not_a_repository, "'/tmp' holds no clone"),
                                     "/projects", {{"pointer", "#/path"}});
  BOOST_TEST(made.status == 422u);
  BOOST_TEST(made.content_type == "application/problem+json");
  BOOST_TEST(made.body ==
             R"({"type":"urn:headway:problem:not_a_repository",)"
             R"("title":"The path is not a Git repository","status":422,)"
             R"("detail":"'/tmp' holds no clone","instance":"/projects","pointer":"#/path"})");
}

BOOST_AUTO_TEST_CASE(a_problem_of_the_protocol_has_no_type_of_its_own) {
  const auto made = gateway::problem(404, "no", "/x");
  BOOST_TEST(made.body == R"({"type":"about:blank","title":"Not Found","status":404,)"
                          R"("detail":"no","instance":"/x"})");
  BOOST_TEST(
      !boost::json::parse(gateway::problem(431, "", "").body).at("title").as_string().empty());
}

BOOST_AUTO_TEST_CASE(what_is_worth_another_try_says_when) {
  BOOST_TEST(field_of(gateway::problem(make_error(ec::overloaded), "/"), "Retry-After") == "1");
  BOOST_TEST(field_of(gateway::problem(make_error(ec::shutting_down), "/"), "Retry-After") == "5");
  BOOST_TEST(field_of(gateway::problem(make_error(ec::not_found), "/"), "Retry-After") == "");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_do_not_spoil_the_document) {
  const auto made = gateway::problem(make_error(ec::not_found, "no '\xFF'"), "/\xFE");
  BOOST_TEST(boost::json::parse(made.body).at("detail").as_string() == "no '\xEF\xBF\xBD'");
}

BOOST_AUTO_TEST_SUITE_END()
