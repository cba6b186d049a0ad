#include <stdexcept>

#include <benchmarks/measure/command.hpp>
#include <benchmarks/measure/stopwatch.hpp>
#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

using namespace headway::measure;
using headway::test::sandbox;

BOOST_AUTO_TEST_SUITE(command)

BOOST_AUTO_TEST_CASE(output_errors_and_status_are_kept_apart) {
  const auto cost = run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
  BOOST_TEST(cost.status == 3);
  BOOST_TEST(cost.output == "out\n");
  BOOST_TEST(cost.errors == "err\n");
}

BOOST_AUTO_TEST_CASE(a_program_gets_its_folder_environment_and_input) {
  sandbox box;
  box.write(box / "input", "typed");
  const auto words = output_of({.argv = {"sh", "-c", "pwd; echo $GREETING; cat"},
                                .directory = box.root(),
                                .environment = {{"GREETING", "hello"}},
                                .input = box / "input"});
  BOOST_TEST(words == box.root().string() + "\nhello\ntyped");
}

BOOST_AUTO_TEST_CASE(large_output_on_both_streams_does_not_stall) {
  const auto cost =
      run({.argv = {"sh", "-c", "head -c 500000 /dev/zero >&2; head -c 700000 /dev/zero"}});
  BOOST_TEST(cost.output.size() == 700000);
  BOOST_TEST(cost.errors.size() == 500000);
}

BOOST_AUTO_TEST_CASE(a_killed_program_has_the_shells_status) {
  BOOST_TEST(run({.argv = {"sh", "-c", "kill -9 $$"}}).status == 128 + 9);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_has_status_127_and_output_of_throws) {
  BOOST_TEST(run({.argv = {"/no/such/program"}}).status == 127);
  BOOST_CHECK_THROW(output_of({.argv = {"/no/such/program"}}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_throws) {
  BOOST_CHECK_THROW(run({.argv = {"true"}, .directory = "/no/such/folder"}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(processor_time_is_that_of_the_program_and_its_children) {
  const auto cost = run(
      {.argv = {"sh", "-c", "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; true"}});
  BOOST_TEST(in_seconds(cost.cpu) > 0.01);
  BOOST_TEST(in_seconds(cost.wall) > 0.01);
}

// This process holds 64 MiB while it starts a program that needs next to nothing.
BOOST_AUTO_TEST_CASE(the_peak_of_a_program_is_its_own) {
  const std::string large(64u << 20, 'x');
  const auto small = run({.argv = {"true"}}).peak_resident_bytes;
  BOOST_TEST(small > 0);
  BOOST_TEST(small < large.size() / 2);
  const auto grown = run({.argv = {"sh", "-c", "x=$(head -c 50000000 /dev/zero | tr '\\0' a)"}});
  BOOST_TEST(grown.peak_resident_bytes > 50'000'000);
}

BOOST_AUTO_TEST_CASE(a_stopwatch_sees_the_work_of_this_process_and_of_children) {
  const stopwatch watch;
  volatile std::uint64_t sum = 0;
  while (in_seconds(watch.read().cpu) < 0.01)
    for (int i = 0; i < 100000; ++i)
      sum = sum + 1;
  const auto before = watch.read().cpu;
  run({.argv = {"sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"}});
  BOOST_TEST(in_seconds(watch.read().cpu - before) > 0.01);
  BOOST_TEST(in_seconds(watch.read().wall) > 0.01);
}

BOOST_AUTO_TEST_SUITE_END()
