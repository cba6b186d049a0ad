#include <boost/test/unit_test.hpp>
#include <tests/support/caf_fixture.hpp>

#include <actors/owed_answer.hpp>

BOOST_AUTO_TEST_SUITE(owed_answer)

using namespace headway;

namespace {

using keeper_actor = caf::typed_actor<caf::replies_to<stats_atom>::with<std::uint64_t>,
                                      caf::reacts_to<tick_atom>, caf::reacts_to<stop_atom>>;

/// Owes answers: gives them at a tick, forgets them at a stop.
class keeper : public actor_shell<keeper_actor> {
 public:
  keeper(caf::actor_config& config, engine_context shared)
      : actor_shell(config, "keeper", std::move(shared)) {}

  void on_exit() override { owed_.clear(); }

 protected:
  behavior_type make_behavior() override {
    return {
        [this](stats_atom) -> caf::result<std::uint64_t> {
          owed_.emplace_back(make_response_promise<std::uint64_t>());
          return owed_.back().promise();
        },
        [this](tick_atom) {
          for (const auto& one : owed_) {
            one.deliver(std::uint64_t{7});
            one.deliver(make_error(ec::internal, "too late"));
          }
        },
        [this](stop_atom) { owed_.clear(); },
    };
  }

 private:
  std::vector<headway::owed_answer<std::uint64_t>> owed_;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_first_answer_counts, test::caf_fixture) {
  const auto actor = spawn<keeper>();
  const auto answer = ask<std::uint64_t>(actor, stats_atom::value);
  BOOST_TEST(!answer->has_value());
  tell(actor, tick_atom::value);
  BOOST_TEST(value(answer) == 7u);
}

BOOST_FIXTURE_TEST_CASE(a_forgotten_one_is_answered_all_the_same, test::caf_fixture) {
  const auto actor = spawn<keeper>();
  const auto answer = ask<std::uint64_t>(actor, stats_atom::value);
  tell(actor, stop_atom::value);
  BOOST_TEST((code(answer) == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(one_owed_by_an_actor_that_dies_is_answered, test::caf_fixture) {
  const auto actor = spawn<keeper>();
  const auto answer = ask<std::uint64_t>(actor, stats_atom::value);
  kill(actor);
  BOOST_TEST((code(answer) == ec::shutting_down));
}

BOOST_AUTO_TEST_SUITE_END()
