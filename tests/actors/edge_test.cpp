#include <boost/test/unit_test.hpp>
#include <tests/actors/scripted_parts.hpp>
#include <tests/support/caf_fixture.hpp>

#include <actors/edge.hpp>

BOOST_AUTO_TEST_SUITE(edge)

using namespace headway;

BOOST_AUTO_TEST_CASE(an_answer_that_never_comes_is_told_once) {
  int calls = 0;
  {
    pending_answer<int> pending{[&](caf::expected<int> answer) {
      ++calls;
      BOOST_TEST((code_of(answer.error()) == ec::shutting_down));
    }};
  }
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(an_answer_that_came_is_told_once) {
  int calls = 0;
  {
    pending_answer<int> pending{[&](caf::expected<int> answer) {
      ++calls;
      BOOST_TEST(*answer == 7);
    }};
    pending.deliver(7);
  }
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_is_not_called_again) {
  int calls = 0;
  {
    pending_answer<int> pending{[&](caf::expected<int>) {
      ++calls;
      throw std::runtime_error{"a host's mistake"};
    }};
    BOOST_CHECK_THROW(pending.deliver(7), std::runtime_error);
  }
  BOOST_TEST(calls == 1);
}

BOOST_FIXTURE_TEST_CASE(asking_nobody_is_answered, test::caf_fixture) {
  BOOST_TEST((code(ask_later<store_stats>(database_writer_actor{}, stats_atom::value)) ==
              ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(a_part_that_is_away_is_told_from_an_engine_that_is, test::caf_fixture) {
  std::vector<std::string> heard;
  const auto say = [&](const caf::expected<store_stats>& answer) {
    heard.push_back(describe(answer.error()));
  };
  const edge_actor front = spawn<headway::edge>();
  headway::ask<store_stats>(front, database_writer_actor{}, stats_atom::value, say);
  headway::ask<store_stats>(edge_actor{}, database_writer_actor{}, stats_atom::value, say);
  BOOST_REQUIRE(heard.size() == 2u);
  BOOST_TEST(heard[0].find("restarted") != std::string::npos);
  BOOST_TEST(heard[1] == "shutting_down: the engine stops");
}

BOOST_FIXTURE_TEST_CASE(asking_the_dead_is_answered, test::caf_fixture) {
  const auto store = spawn<test::scripted_store>(std::make_shared<test::store_script>());
  kill(store);
  BOOST_TEST((code(ask<store_stats>(store, stats_atom::value)) == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(an_answer_reaches_the_callback, test::caf_fixture) {
  const auto store = spawn<test::scripted_store>(std::make_shared<test::store_script>());
  BOOST_TEST((code(ask<store_stats>(store, stats_atom::value)) == ec::none));
}

BOOST_AUTO_TEST_SUITE_END()
