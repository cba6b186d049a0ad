#include <boost/test/unit_test.hpp>

#include <actors/fetch/admission_controller.hpp>

BOOST_AUTO_TEST_SUITE(admission_controller)

using namespace headway;
using namespace std::chrono_literals;

namespace {

resource_sample calm_one() {
  resource_sample sample;
  sample.cpu_pressure = sample.io_pressure = sample.memory_pressure = 0;
  return sample;
}

const auto calm = calm_one();

headway::admission_controller controller(std::size_t configured, unsigned cores = 2) {
  return {{.configured = configured, .cores = cores}, 200ms};
}

resource_sample with_cpu(double pressure) {
  resource_sample sample;
  sample.cpu_pressure = pressure;
  return sample;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_ceiling_comes_from_the_cores_unless_it_is_configured) {
  BOOST_TEST(controller(0, 1).ceiling() == 1u);
  BOOST_TEST(controller(0, 2).ceiling() == 1u);
  BOOST_TEST(controller(0, 8).ceiling() == 7u);
  BOOST_TEST(controller(20, 2).ceiling() == 20u);
}

BOOST_AUTO_TEST_CASE(pressure_halves_the_limit_down_to_one) {
  auto admission = controller(16, 2);
  std::string limits;
  for (int i = 0; i < 6; ++i) {
    admission.observe(with_cpu(0.9), 16);
    limits += std::to_string(admission.limit()) + " ";
  }
  BOOST_TEST(limits == "8 4 2 1 1 1 ");
  BOOST_TEST(admission.limited_by() == "CPU pressure");
}

BOOST_AUTO_TEST_CASE(calm_raises_a_used_limit_one_by_one_to_the_ceiling) {
  auto admission = controller(4, 2);
  admission.observe(with_cpu(0.9), 4);
  admission.observe(with_cpu(0.9), 4);
  BOOST_REQUIRE(admission.limit() == 1u);
  std::string limits;
  for (int i = 0; i < 5; ++i) {
    admission.observe(calm, admission.limit());
    limits += std::to_string(admission.limit()) + " ";
  }
  BOOST_TEST(limits == "2 3 4 4 4 ");
  BOOST_TEST(admission.limited_by().find("ceiling") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_idle_node_does_not_climb) {
  auto admission = controller(16, 2);
  admission.observe(with_cpu(0.9), 16);
  admission.observe(with_cpu(0.9), 16);
  for (int i = 0; i < 100; ++i)
    admission.observe(calm, 1);
  BOOST_TEST(admission.limit() == 4u);
}

BOOST_AUTO_TEST_CASE(every_kind_of_pressure_is_named) {
  const auto cause = [](const resource_sample& sample) {
    auto admission = controller(8, 2);
    admission.observe(sample, 8);
    return admission.limit() == 4 ? admission.limited_by() : "nothing";
  };
  resource_sample sample;
  sample.memory_pressure = 0.06;
  BOOST_TEST(cause(sample) == "memory pressure");
  sample = {};
  sample.io_pressure = 0.11;
  BOOST_TEST(cause(sample) == "disk pressure");
  sample = {};
  sample.memory_limit = 1000;
  sample.memory_used = 851;
  BOOST_TEST(cause(sample) == "memory in use");
  sample.memory_used = 849;
  BOOST_TEST(cause(sample) == "nothing");
  BOOST_TEST(cause(with_cpu(0.39)) == "nothing");
  sample = {};
  sample.cpu_throttled = 0.51;
  BOOST_TEST(cause(sample) == "CPU throttling of the cgroup");
  sample = {};
  sample.foreground_p99 = 201ms;
  BOOST_TEST(cause(sample) == "people wait longer than fetch.foreground_target");
  sample.foreground_p99 = 200ms;
  BOOST_TEST(cause(sample) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_sawtooth_of_pressure_keeps_the_limit_between_its_bounds) {
  auto admission = controller(8, 2);
  for (int i = 0; i < 1'000; ++i) {
    const auto before = admission.limit();
    admission.observe(with_cpu(i % 5 == 4 ? 0.8 : 0.1), before);
    BOOST_TEST((admission.limit() >= 1 && admission.limit() <= 8));
    BOOST_TEST((admission.limit() <= before + 1));
  }
}

BOOST_AUTO_TEST_CASE(a_lower_ceiling_holds_at_once_and_a_higher_one_is_climbed_to) {
  auto admission = controller(8, 2);
  admission.configure({.configured = 2}, 200ms);
  BOOST_TEST(admission.limit() == 2u);
  admission.configure({.configured = 4}, 200ms);
  BOOST_TEST(admission.limit() == 2u);
  admission.observe(calm, 2);
  BOOST_TEST(admission.limit() == 3u);
}

BOOST_AUTO_TEST_CASE(bandwidth_and_disk_bound_the_ceiling_of_a_machine_with_many_cores) {
  headway::admission_controller narrow{{.cores = 16, .bandwidth = 4u << 20}, 200ms};
  BOOST_TEST(narrow.ceiling() == 4u);
  BOOST_TEST(narrow.limited_by().find("bandwidth") != std::string::npos, narrow.limited_by());
  headway::admission_controller trickle{{.cores = 16, .bandwidth = 1000}, 200ms};
  BOOST_TEST(trickle.ceiling() == 1u);
  headway::admission_controller wide{{.cores = 4, .bandwidth = 1u << 30}, 200ms};
  BOOST_TEST(wide.ceiling() == 3u);
  auto admission = controller(0, 16);
  resource_sample sample;
  sample.disk = disk_kind::rotating;
  admission.observe(sample, 15);
  BOOST_TEST(admission.ceiling() == 2u);
  BOOST_TEST(admission.limit() == 2u);
  sample.disk = disk_kind::solid;
  admission.observe(sample, 2);
  BOOST_TEST(admission.ceiling() == 15u);
  // What is configured is what the person wants.
  headway::admission_controller asked{{.configured = 9, .cores = 2, .bandwidth = 1000}, 200ms};
  asked.observe(sample, 9);
  BOOST_TEST(asked.ceiling() == 9u);
}

BOOST_AUTO_TEST_CASE(a_small_rest_of_the_disk_stops_everything) {
  auto admission = controller(4);
  resource_sample sample;
  sample.disk_size = 1'000ull << 30;
  sample.disk_free = 51ull << 30;
  admission.observe(sample, 1);
  BOOST_TEST(admission.stopped_by().empty());
  sample.disk_free = 49ull << 30;
  admission.observe(sample, 1);
  BOOST_TEST(!admission.stopped_by().empty());
  sample.disk_size = 10ull << 30;
  sample.disk_free = (2ull << 30) + 1;
  admission.observe(sample, 1);
  BOOST_TEST(admission.stopped_by().empty());
  sample.disk_free = (2ull << 30) - 1;
  admission.observe(sample, 1);
  BOOST_TEST(!admission.stopped_by().empty());
  // A node without a data directory does not know.
  admission.observe(calm, 1);
  BOOST_TEST(admission.stopped_by().empty());
}

BOOST_AUTO_TEST_CASE(a_fetch_that_found_no_space_stops_all_for_a_minute_of_samples) {
  auto admission = controller(4);
  admission.found_disk_full();
  int samples = 0;
  for (; !admission.stopped_by().empty(); ++samples)
    admission.observe(calm, 0);
  BOOST_TEST(samples == 12);
}

BOOST_AUTO_TEST_CASE(a_sensor_that_fails_five_times_is_pressure_and_one_that_never_was_is_not) {
  auto admission = controller(8);
  resource_sample sample = with_cpu(0.1);
  sample.io_pressure = 0.0;
  admission.observe(sample, 8);
  sample.io_pressure = std::nullopt;
  for (int i = 0; i < 4; ++i)
    admission.observe(sample, 8);
  BOOST_TEST(admission.limit() == 8u);
  admission.observe(sample, 8);
  BOOST_TEST(admission.limit() == 4u);
  BOOST_TEST(admission.limited_by() == "a sensor of pressure fails");
  sample.io_pressure = 0.0;
  admission.observe(sample, 8);
  BOOST_TEST(admission.limit() == 5u);
}

BOOST_AUTO_TEST_CASE(a_machine_that_cannot_be_observed_is_under_pressure) {
  auto admission = controller(8);
  for (int i = 0; i < 4; ++i)
    admission.observe_nothing();
  BOOST_TEST(admission.limit() == 8u);
  admission.observe_nothing();
  BOOST_TEST(admission.limit() == 4u);
  BOOST_TEST(admission.limited_by() == "the machine cannot be observed");
  admission.observe(calm, 8);
  admission.observe_nothing();
  BOOST_TEST(admission.limit() == 5u);
}

// As /proc/pressure told it every five seconds while a compiler, a copy of a large file, and then
// both ran on two cores: shares of CPU (some) and of IO (full).
BOOST_AUTO_TEST_CASE(a_recorded_storm_is_weathered) {
  struct tick {
    double cpu;
    double io;
    std::size_t expected;
  };
  auto admission = controller(8);
  for (const auto& [cpu, io, expected] : std::vector<tick>{
           {0.02, 0.00, 8}, {0.05, 0.01, 8}, {0.71, 0.02, 4}, {0.83, 0.01, 2}, {0.79, 0.03, 1},
           {0.46, 0.02, 1}, {0.22, 0.01, 2}, {0.11, 0.00, 3}, {0.09, 0.31, 1}, {0.12, 0.42, 1},
           {0.10, 0.08, 2}, {0.07, 0.02, 3}, {0.64, 0.22, 1}, {0.58, 0.37, 1}, {0.03, 0.00, 2},
           {0.02, 0.00, 3}, {0.02, 0.00, 4}, {0.01, 0.00, 5}, {0.02, 0.00, 6}, {0.01, 0.00, 7},
           {0.01, 0.00, 8}, {0.01, 0.00, 8}}) {
    resource_sample sample = with_cpu(cpu);
    sample.io_pressure = io;
    admission.observe(sample, admission.limit());
    BOOST_TEST(admission.limit() == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_limit_of_many_grows_by_its_step) {
  headway::admission_controller probes{{.configured = 128, .step = 8}, 200ms};
  probes.observe(with_cpu(0.9), 128);
  probes.observe(calm, 64);
  BOOST_TEST(probes.limit() == 72u);
}

BOOST_AUTO_TEST_CASE(no_pressure_leaves_less_than_the_least) {
  headway::admission_controller probes{{.configured = 128, .step = 8, .least = 8}, 200ms};
  for (int i = 0; i < 10; ++i)
    probes.observe(with_cpu(0.9), 128);
  BOOST_TEST(probes.limit() == 8u);
  headway::admission_controller narrow{{.configured = 4, .step = 8, .least = 8}, 200ms};
  narrow.observe(with_cpu(0.9), 4);
  BOOST_TEST(narrow.limit() == 4u);
}

BOOST_AUTO_TEST_CASE(with_the_same_bound_below_and_above_the_limit_is_fixed) {
  headway::admission_controller fixed{{.configured = 5, .cores = 2, .least = 5}, 200ms};
  for (const auto& sample : {with_cpu(0.9), calm, with_cpu(0.9)}) {
    fixed.observe(sample, 5);
    BOOST_TEST(fixed.limit() == 5u);
    BOOST_TEST(fixed.limited_by() == "the ceiling that is configured");
  }
  BOOST_TEST(fixed.stopped_by().empty());
}

BOOST_AUTO_TEST_CASE(the_least_goes_before_what_the_machine_is_guessed_to_bear) {
  headway::admission_controller admission{{.cores = 2, .least = 3}, 200ms};
  BOOST_TEST(admission.limit() == 3u);
  BOOST_TEST(admission.limited_by() == "the ceiling: fetch.min_concurrent");
}

BOOST_AUTO_TEST_CASE(a_least_that_is_raised_holds_at_once) {
  auto admission = controller(8);
  for (int i = 0; i < 4; ++i)
    admission.observe(with_cpu(0.9), 8);
  BOOST_REQUIRE(admission.limit() == 1u);
  admission.configure({.configured = 8, .cores = 2, .least = 4}, 200ms);
  BOOST_TEST(admission.limit() == 4u);
}

BOOST_AUTO_TEST_CASE(a_disk_that_rotates_raises_no_ceiling) {
  auto admission = controller(0, 2);
  auto sample = calm;
  sample.disk = disk_kind::rotating;
  admission.observe(sample, 1);
  BOOST_TEST(admission.limit() == 1u);
  BOOST_TEST(admission.limited_by() == "the ceiling: cores minus one");
}

BOOST_AUTO_TEST_CASE(memory_in_use_without_a_limit_is_no_pressure) {
  auto admission = controller(4);
  auto sample = calm;
  sample.memory_used = 1ull << 40;
  admission.observe(sample, 4);
  BOOST_TEST(admission.limit() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
