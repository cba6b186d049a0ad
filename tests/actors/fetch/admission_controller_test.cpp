#include <boost/test/unit_test.hpp>

#include <actors/fetch/admission_controller.hpp>

BOOST_AUTO_TEST_SUITE(admission_controller)

using namespace headway;

namespace {

const resource_sample calm;

resource_sample with_cpu(double pressure) {
  resource_sample sample;
  sample.cpu_pressure = pressure;
  return sample;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_ceiling_comes_from_the_cores_unless_it_is_configured) {
  BOOST_TEST(headway::admission_controller::ceiling_of(0, 1) == 1u);
  BOOST_TEST(headway::admission_controller::ceiling_of(0, 2) == 1u);
  BOOST_TEST(headway::admission_controller::ceiling_of(0, 8) == 7u);
  BOOST_TEST(headway::admission_controller::ceiling_of(20, 2) == 20u);
}

BOOST_AUTO_TEST_CASE(pressure_halves_the_limit_down_to_one) {
  headway::admission_controller admission{16, 2};
  std::string limits;
  for (int i = 0; i < 6; ++i) {
    admission.observe(with_cpu(0.9), 16);
    limits += std::to_string(admission.limit()) + " ";
  }
  BOOST_TEST(limits == "8 4 2 1 1 1 ");
  BOOST_TEST(admission.limited_by() == "CPU pressure");
}

BOOST_AUTO_TEST_CASE(calm_raises_a_used_limit_one_by_one_to_the_ceiling) {
  headway::admission_controller admission{4, 2};
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
  headway::admission_controller admission{16, 2};
  admission.observe(with_cpu(0.9), 16);
  admission.observe(with_cpu(0.9), 16);
  for (int i = 0; i < 100; ++i)
    admission.observe(calm, 1);
  BOOST_TEST(admission.limit() == 4u);
}

BOOST_AUTO_TEST_CASE(every_kind_of_pressure_is_named) {
  const auto cause = [](const resource_sample& sample) {
    headway::admission_controller admission{8, 2};
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
}

BOOST_AUTO_TEST_CASE(a_sawtooth_of_pressure_keeps_the_limit_between_its_bounds) {
  headway::admission_controller admission{8, 2};
  for (int i = 0; i < 1'000; ++i) {
    const auto before = admission.limit();
    admission.observe(with_cpu(i % 5 == 4 ? 0.8 : 0.1), before);
    BOOST_TEST((admission.limit() >= 1 && admission.limit() <= 8));
    BOOST_TEST((admission.limit() <= before + 1));
  }
}

BOOST_AUTO_TEST_CASE(a_lower_ceiling_holds_at_once_and_a_higher_one_is_climbed_to) {
  headway::admission_controller admission{8, 2};
  admission.configure(2, 2);
  BOOST_TEST(admission.limit() == 2u);
  admission.configure(4, 2);
  BOOST_TEST(admission.limit() == 2u);
  admission.observe(calm, 2);
  BOOST_TEST(admission.limit() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
