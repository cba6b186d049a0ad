#include <boost/test/unit_test.hpp>

#include <actors/gateway/cursor.hpp>
#include <actors/gateway/query.hpp>
#include <messages/error.hpp>

BOOST_AUTO_TEST_SUITE(query)

using namespace headway;
using namespace std::chrono_literals;
using gateway::check_names;
using gateway::parse_list;
using gateway::parse_wait;

namespace {

std::string refusal_of(const gateway::query_parameters& parameters) {
  const auto list = parse_list(parameters);
  BOOST_REQUIRE(!list);
  BOOST_TEST(to_string(code_of(list.error())) == "invalid_argument");
  return detail_of(list.error());
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_list_has_defaults) {
  const auto list = parse_list({});
  BOOST_TEST(list->limit == 100u);
  BOOST_TEST(!list->after);
  BOOST_TEST(!list->state);
}

BOOST_AUTO_TEST_CASE(a_list_takes_limit_cursor_and_state) {
  const auto list = parse_list(
      {{"limit", "1000"}, {"cursor", gateway::encode_cursor({"b"})}, {"state", "auth_required"}});
  BOOST_TEST(list->limit == 1000u);
  BOOST_TEST(list->after->slug == "b");
  BOOST_TEST((list->state == project_state::auth_required));
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_named_with_what_is_allowed) {
  for (const char* limit :
       {"0", "1001", "-1", "+1", "1.5", "ten", "", " 1", "1 ", "99999999999999999999999"}) {
    const auto detail = refusal_of({{"limit", limit}});
    BOOST_TEST(contains(detail, "'limit'"));
    BOOST_TEST(contains(detail, "from 1 to 1000"));
  }
  BOOST_TEST(contains(refusal_of({{"cursor", "x"}}), "next_cursor"));
  const auto detail = refusal_of({{"state", "Fresh"}});
  BOOST_TEST(contains(detail, "'Fresh'"));
  BOOST_TEST(contains(detail,
                      "fresh, stale, refreshing, error, auth_required, suspended, missing, "
                      "corrupt"));
}

BOOST_AUTO_TEST_CASE(unknown_and_repeated_parameters_are_refused) {
  constexpr std::array<std::string_view, 2> known{"limit", "state"};
  BOOST_TEST(!check_names({}, known));
  BOOST_TEST(!check_names({{"state", "x"}, {"limit", "1"}}, known));
  BOOST_TEST(detail_of(check_names({{"limits", "1"}}, known)) ==
             "unknown query parameter 'limits'; known here: limit, state");
  BOOST_TEST(detail_of(check_names({{"x", ""}}, {})) ==
             "unknown query parameter 'x'; known here: none");
  BOOST_TEST(contains(detail_of(check_names({{"limit", "1"}, {"limit", "1"}}, known)), "twice"));
}

BOOST_AUTO_TEST_CASE(a_wait_has_a_unit) {
  BOOST_TEST(!parse_wait({}, 2min)->has_value());
  BOOST_TEST((parse_wait({{"wait", "0s"}}, 2min)->value() == 0ms));
  BOOST_TEST((parse_wait({{"wait", "250ms"}}, 2min)->value() == 250ms));
  BOOST_TEST((parse_wait({{"wait", "30s"}}, 2min)->value() == 30s));
  BOOST_TEST((parse_wait({{"wait", "1min"}}, 2min)->value() == 1min));
}

BOOST_AUTO_TEST_CASE(a_wait_is_bounded) {
  BOOST_TEST((parse_wait({{"wait", "2min"}}, 2min)->value() == 2min));
  BOOST_TEST((parse_wait({{"wait", "121s"}}, 2min)->value() == 2min));
  BOOST_TEST((parse_wait({{"wait", "18446744073709551615min"}}, 2min)->value() == 2min));
}

BOOST_AUTO_TEST_CASE(a_bad_wait_is_refused) {
  for (const char* wait :
       {"", "30", "s", "-1s", "1.5s", "30 s", "30S", "30sec", "1h", "99999999999999999999s"})
    BOOST_TEST(!parse_wait({{"wait", wait}}, 2min), wait);
}

BOOST_AUTO_TEST_SUITE_END()
