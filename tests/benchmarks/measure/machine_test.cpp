#include <benchmarks/measure/machine.hpp>
#include <boost/test/unit_test.hpp>

using namespace headway::measure;

BOOST_AUTO_TEST_SUITE(machine)

BOOST_AUTO_TEST_CASE(the_processor_is_the_first_model_name) {
  BOOST_TEST(processor_in("vendor_id\t: X\nmodel name\t: Fast 9000\nmodel name\t: Other\n") ==
             "Fast 9000");
  BOOST_TEST(processor_in("Hardware\t: none\n") == "unknown");
  BOOST_TEST(processor_in("") == "unknown");
}

BOOST_AUTO_TEST_CASE(memory_is_told_in_bytes) {
  BOOST_TEST(memory_in("MemTotal:       24113544 kB\nMemFree: 1 kB\n") == 24113544ull * 1024);
  BOOST_TEST(memory_in("MemFree: 1 kB\n") == 0);
}

BOOST_AUTO_TEST_CASE(this_machine_has_a_core_memory_and_a_kernel) {
  const auto here = describe_machine(".");
  BOOST_TEST(here.cores >= 1);
  BOOST_TEST(here.memory_bytes > 0);
  BOOST_TEST(here.kernel.starts_with("Linux "));
  BOOST_TEST(!here.disk.empty());
  BOOST_TEST(facts(here).size() == 5);
}

BOOST_AUTO_TEST_SUITE_END()
