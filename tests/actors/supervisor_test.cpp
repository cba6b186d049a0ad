#include <boost/test/unit_test.hpp>
#include <tests/actors/scripted_parts.hpp>
#include <tests/support/caf_fixture.hpp>

#include <actors/supervisor.hpp>

BOOST_AUTO_TEST_SUITE(supervisor)

using namespace headway;
using namespace std::chrono_literals;

namespace {

/// Says when it has ended.
class mortal : public test::scripted_store {
 public:
  mortal(caf::actor_config& config, engine_context shared, std::string name,
         std::shared_ptr<std::vector<std::string>> diary)
      : scripted_store(config, std::move(shared), std::make_shared<test::store_script>()),
        name_(std::move(name)),
        diary_(std::move(diary)) {}
  void on_exit() override { diary_->push_back(name_ + " ended"); }

 private:
  std::string name_;
  std::shared_ptr<std::vector<std::string>> diary_;
};

struct fixture : test::caf_fixture {
  supervised_part part(const std::string& name) {
    return {name,
            [this, name]() -> caf::strong_actor_ptr {
              if (refused == name)
                return nullptr;
              if (throwing == name)
                throw std::runtime_error{"no thread"};
              diary->push_back(name + " started");
              auto handle = spawn<mortal>(name, diary);
              current[name] = handle;
              return caf::actor_cast<caf::strong_actor_ptr>(handle);
            },
            [this, name] {
              current.erase(name);
              diary->push_back(name + " withdrawn");
            },
            [this, name] { diary->push_back(name + " told"); }};
  }

  void start() {
    root = spawn<headway::supervisor>(std::vector{part("a"), part("b"), part("c")});
    run();
    diary->clear();
  }

  ~fixture() { end(); }

  void fail(const std::string& name) {
    const auto handle = current.at(name);
    kill(handle);
  }

  std::string told() const {
    std::string result;
    for (const auto& line : *diary)
      result += line + "; ";
    return result;
  }

  std::string refused;
  std::string throwing;
  std::map<std::string, database_writer_actor> current;
  std::shared_ptr<std::vector<std::string>> diary = std::make_shared<std::vector<std::string>>();
  supervisor_actor root;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(parts_start_in_order_and_stop_in_the_opposite_one, fixture) {
  root = spawn<headway::supervisor>(std::vector{part("a"), part("b"), part("c")});
  BOOST_TEST(told() == "a started; b started; c started; ");
  diary->clear();
  tell(root, stop_atom::value);
  // A part is withdrawn before it ends, and again when it has.
  std::vector<std::string> ends;
  for (const auto& line : *diary)
    if (line.ends_with("ended"))
      ends.push_back(line);
  BOOST_TEST(ends == (std::vector<std::string>{"c ended", "b ended", "a ended"}));
  BOOST_TEST(diary->front() == "c withdrawn");
  BOOST_TEST(current.empty());
}

BOOST_FIXTURE_TEST_CASE(a_part_that_fails_is_started_again_alone_and_others_are_told, fixture) {
  start();
  fail("b");
  BOOST_TEST(told() == "b ended; b withdrawn; ");
  advance(200ms);
  BOOST_TEST(told() == "b ended; b withdrawn; b started; b told; ");
  BOOST_TEST(current.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(pauses_double_with_each_failure_up_to_half_a_minute, fixture) {
  start();
  std::vector<int> pauses;
  for (int i = 0; i < 12; ++i) {
    fail("b");
    int waited = 0;
    while (!current.contains("b") && waited < 100'000) {
      advance(50ms);
      waited += 50;
    }
    pauses.push_back(waited);
  }
  BOOST_TEST(pauses == (std::vector<int>{50, 100, 200, 400, 800, 1'600, 3'200, 6'400, 12'800,
                                         25'600, 30'000, 30'000}));
}

BOOST_FIXTURE_TEST_CASE(a_failure_is_forgiven_after_a_minute, fixture) {
  start();
  for (int i = 0; i < 3; ++i) {
    fail("b");
    advance(50ms);
    BOOST_TEST(current.contains("b"));
    advance(61s, 1s);
  }
}

BOOST_FIXTURE_TEST_CASE(a_part_that_cannot_be_started_is_tried_again, fixture) {
  start();
  refused = "b";
  fail("b");
  advance(10s);
  BOOST_TEST(!current.contains("b"));
  refused.clear();
  throwing = "b";
  advance(10s);
  BOOST_TEST(!current.contains("b"));
  throwing.clear();
  advance(30s);
  BOOST_TEST(current.contains("b"));
  BOOST_TEST(current.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_part_missing_at_the_start_is_tried_again, fixture) {
  refused = "b";
  root = spawn<headway::supervisor>(std::vector{part("a"), part("b"), part("c")});
  run();
  BOOST_TEST(current.size() == 2u);
  refused.clear();
  advance(1s);
  BOOST_TEST(current.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_started_again_during_a_stop, fixture) {
  start();
  fail("b");
  tell(root, stop_atom::value);
  advance(60s);
  BOOST_TEST(current.empty());
  BOOST_TEST(std::ranges::count(*diary, "b started") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
