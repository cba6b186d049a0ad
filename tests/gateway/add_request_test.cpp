#include <boost/test/unit_test.hpp>

#include <actors/gateway/add_request.hpp>

BOOST_AUTO_TEST_SUITE(add_request)

using headway::gateway::body_fault;
using headway::gateway::parse_add_request;

namespace {

void check_fault(std::string_view body, std::string_view pointer, std::string_view part) {
  const auto parsed = parse_add_request(body);
  const auto* fault = std::get_if<body_fault>(&parsed);
  BOOST_REQUIRE_MESSAGE(fault, "taken: " << body);
  BOOST_TEST(fault->pointer == pointer);
  BOOST_TEST(fault->detail.find(part) != std::string::npos, fault->detail << " for " << body);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_path_is_taken) {
  BOOST_TEST(std::get<std::string>(parse_add_request(R"( {"path": "/src/linux"} )")) ==
             "/src/linux");
  BOOST_TEST(std::get<std::string>(parse_add_request(R"({"path":"/\u00fc \ud83d\ude80"})")) ==
             "/\xC3\xBC \xF0\x9F\x9A\x80");
}

BOOST_AUTO_TEST_CASE(what_is_not_json_is_refused) {
  for (const char* body :
       {"", "{", "path=/x", "{\"path\":\"/x\"}x", "{'path':'/x'}", "{\"path\":\"/x\",}",
        "{\"path\":\"/\xFF\"}", "\"\\ud800\"", "{\"path\":\"/x\"} // comment", "NaN"})
    check_fault(body, "#", "not JSON");
  check_fault(std::string(10'000, '['), "#", "not JSON");
}

BOOST_AUTO_TEST_CASE(wrong_types_are_named) {
  check_fault("[]", "#", "is an array");
  check_fault("null", "#", "is null");
  check_fault("\"/x\"", "#", "is a string");
  check_fault(R"({"path":7})", "#/path", "is a number");
  check_fault(R"({"path":null})", "#/path", "is null");
  check_fault(R"({"path":true})", "#/path", "is a boolean");
  check_fault(R"({"path":["/x"]})", "#/path", "is an array");
  check_fault(R"({"path":{}})", "#/path", "is an object");
}

BOOST_AUTO_TEST_CASE(missing_unknown_and_repeated_members_are_named) {
  check_fault("{}", "#", "missing");
  check_fault(R"({"Path":"/x"})", "#/Path", "unknown member 'Path'");
  check_fault(R"({"path":"/x","a/b~c":1})", "#/a~1b~0c", "known here: path");
  check_fault(R"({"path":"/x","path":"/y"})", "#/path", "twice");
  check_fault(R"({"path":"/x","p\u0061th":"/y"})", "#/path", "twice");
}

BOOST_AUTO_TEST_CASE(a_path_must_be_absolute_and_possible) {
  check_fault(R"({"path":""})", "#/path", "empty");
  check_fault(R"({"path":"src"})", "#/path", "relative");
  check_fault(R"({"path":"./src"})", "#/path", "relative");
  check_fault(R"({"path":"~/src"})", "#/path", "relative");
  check_fault(R"({"path":"/a\u0000b"})", "#/path", "NUL");
  check_fault(R"({"path":"/)" + std::string(4095, 'a') + R"("})", "#/path", "longer");
}

BOOST_AUTO_TEST_SUITE_END()
