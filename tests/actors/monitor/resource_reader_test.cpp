#include <boost/test/unit_test.hpp>
#include <sched.h>
#include <tests/support/sandbox.hpp>

#include <actors/monitor/resource_reader.hpp>

BOOST_AUTO_TEST_SUITE(resource_reader)

using namespace headway;
using namespace std::chrono_literals;

namespace {

/// A folder that looks like "/" of a machine with 8 GB, this process in the cgroup /node/headway.
struct machine {
  machine() {
    write("proc/meminfo",
          "MemTotal:        8000000 kB\nMemFree:  1 kB\nMemAvailable:    6000000 kB\n");
    write("proc/self/cgroup", "0::/node/headway\n");
  }

  void write(const std::string& file, const std::string& content) const {
    std::filesystem::create_directories((box / file).parent_path());
    box.write(box / file, content);
  }
  void pressure(const std::string& resource, std::uint64_t some, std::uint64_t full) const {
    write("proc/pressure/" + resource,
          "some avg10=0.00 avg60=0.00 avg300=0.00 total=" + std::to_string(some) +
              "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=" + std::to_string(full) + "\n");
  }
  void cgroup(const std::string& file, const std::string& content) const {
    write("sys/fs/cgroup/" + file, content);
  }
  std::string root() const { return box.root().string() + "/"; }

  test::sandbox box;
};

unsigned cores_of_this_process() {
  cpu_set_t set;
  CPU_ZERO(&set);
  BOOST_REQUIRE(::sched_getaffinity(0, sizeof set, &set) == 0);
  return static_cast<unsigned>(CPU_COUNT(&set));
}

const auto start = std::chrono::steady_clock::time_point{} + 1h;

}  // namespace

BOOST_AUTO_TEST_CASE(the_total_of_a_line_is_read) {
  const std::string text = "some avg10=1.00 total=123\nfull avg10=0.00 total=45\n";
  BOOST_TEST(pressure_total(text, "some").value() == 123u);
  BOOST_TEST(pressure_total(text, "full").value() == 45u);
}

BOOST_AUTO_TEST_CASE(a_text_without_the_line_has_no_total) {
  for (const char* text :
       {"", "\n\n", "some", "some total", "some total=", "some total=x", "total=5"})
    BOOST_TEST(!pressure_total(text, "some").has_value(), text);
}

BOOST_FIXTURE_TEST_CASE(pressure_is_the_share_of_the_time_between_two_looks, machine) {
  headway::resource_reader reader{root(), ""};
  pressure("cpu", 1'000'000, 0);
  pressure("io", 5, 2'000'000);
  pressure("memory", 5, 0);
  const auto first = reader.read(start);
  BOOST_TEST(!first.cpu_pressure.has_value());
  pressure("cpu", 3'000'000, 0);
  pressure("io", 5, 2'500'000);
  const auto second = reader.read(start + 5s);
  BOOST_TEST(second.cpu_pressure.value() == 0.4, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(second.io_pressure.value() == 0.1, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(second.memory_pressure.value() == 0.0);
}

BOOST_FIXTURE_TEST_CASE(pressure_is_never_more_than_all_of_the_time, machine) {
  headway::resource_reader reader{root(), ""};
  pressure("cpu", 0, 0);
  reader.read(start);
  pressure("cpu", 90'000'000, 0);
  BOOST_TEST(reader.read(start + 1s).cpu_pressure.value() == 1.0);
}

BOOST_FIXTURE_TEST_CASE(a_total_that_went_back_and_a_look_at_the_same_time_say_nothing, machine) {
  headway::resource_reader reader{root(), ""};
  pressure("cpu", 1'000, 0);
  reader.read(start);
  BOOST_TEST(!reader.read(start).cpu_pressure.has_value());
  pressure("cpu", 10, 0);
  BOOST_TEST(!reader.read(start + 1s).cpu_pressure.has_value());
}

BOOST_FIXTURE_TEST_CASE(without_a_cgroup_limit_the_machine_decides, machine) {
  const auto sample = headway::resource_reader{root(), ""}.read(start);
  BOOST_TEST(sample.memory_limit.value() == 8'000'000ull * 1024);
  BOOST_TEST(sample.memory_used.value() == 2'000'000ull * 1024);
  BOOST_TEST(sample.cores == cores_of_this_process());
}

BOOST_FIXTURE_TEST_CASE(the_tightest_memory_limit_on_the_way_up_holds, machine) {
  cgroup("node/headway/memory.max", "max\n");
  cgroup("node/memory.max", "2000000\n");
  cgroup("node/memory.current", "1500000\n");
  BOOST_TEST(usable_memory(root()) == 2'000'000u);
  const auto sample = headway::resource_reader{root(), ""}.read(start);
  BOOST_TEST(sample.memory_limit.value() == 2'000'000u);
  BOOST_TEST(sample.memory_used.value() == 1'500'000u);
}

BOOST_FIXTURE_TEST_CASE(page_cache_is_no_memory_in_use, machine) {
  cgroup("node/headway/memory.max", "2000000\n");
  cgroup("node/headway/memory.current", "1900000\n");
  cgroup("node/headway/memory.stat", "anon 5\ninactive_file 900000\nactive_file 300000\nfile 1\n");
  BOOST_TEST(headway::resource_reader(root(), "").read(start).memory_used.value() == 700'000u);
  cgroup("node/headway/memory.stat", "active_file 99000000\n");
  BOOST_TEST(headway::resource_reader(root(), "").read(start).memory_used.value() == 0u);
}

BOOST_FIXTURE_TEST_CASE(version_one_of_cgroups_is_read_for_its_limit, machine) {
  write("proc/self/cgroup", "4:memory:/x\n2:cpu:/x\n");
  cgroup("memory/memory.limit_in_bytes", "3000000\n");
  BOOST_TEST(usable_memory(root()) == 3'000'000u);
}

BOOST_FIXTURE_TEST_CASE(a_limit_above_the_machine_is_none, machine) {
  cgroup("node/headway/memory.max", "9223372036854771712\n");
  BOOST_TEST(usable_memory(root()) == 8'000'000ull * 1024);
}

BOOST_FIXTURE_TEST_CASE(the_cpu_quota_bounds_the_cores, machine) {
  cgroup("node/headway/cpu.max", "max 100000\n");
  BOOST_TEST(usable_cores(root()) == cores_of_this_process());
  cgroup("node/headway/cpu.max", "50000 100000\n");
  BOOST_TEST(usable_cores(root()) == 1u);
  cgroup("node/headway/cpu.max", "max 100000\n");
  cgroup("node/cpu.max", "100000 100000\n");
  BOOST_TEST(usable_cores(root()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_machine_that_tells_nothing_is_survived) {
  test::sandbox empty;
  const auto root = empty.root().string() + "/";
  headway::resource_reader reader{root, "/nowhere/at/all"};
  const auto sample = reader.read(start);
  BOOST_TEST(sample.cores >= 1u);
  BOOST_TEST(!sample.cpu_pressure.has_value());
  BOOST_TEST(!sample.memory_used.has_value());
  BOOST_TEST(!sample.disk_free.has_value());
  BOOST_TEST(usable_memory(root) > 0u);
}

BOOST_FIXTURE_TEST_CASE(files_that_make_no_sense_are_survived, machine) {
  write("proc/meminfo", "MemTotal:\nMemAvailable: lots kB\n");
  write("proc/self/cgroup", "0::");
  write("proc/pressure/cpu", "some total=\n");
  cgroup("cpu.max", "\n");
  cgroup("memory.max", "much\n");
  const auto sample = headway::resource_reader{root(), ""}.read(start);
  BOOST_TEST(!sample.memory_used.has_value());
  BOOST_TEST(sample.cores >= 1u);
}

BOOST_FIXTURE_TEST_CASE(the_free_space_is_that_of_the_data_directory, machine) {
  BOOST_TEST(headway::resource_reader(root(), root()).read(start).disk_free.has_value());
  BOOST_TEST(!headway::resource_reader(root(), "").read(start).disk_free.has_value());
}

BOOST_FIXTURE_TEST_CASE(throttling_is_the_share_of_the_time_that_the_cgroup_was_denied, machine) {
  cgroup("node/headway/cpu.stat", "usage_usec 5\nthrottled_usec 1000000\n");
  cgroup("node/cpu.stat", "throttled_usec 0\n");
  headway::resource_reader reader{root(), ""};
  BOOST_TEST(!reader.read(start).cpu_throttled.has_value());
  cgroup("node/headway/cpu.stat", "usage_usec 5\nthrottled_usec 3500000\n");
  BOOST_TEST(reader.read(start + 5s).cpu_throttled.value() == 0.5);
}

BOOST_FIXTURE_TEST_CASE(version_one_of_cgroups_counts_throttling_in_nanoseconds, machine) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/node\n4:memory:/node\n");
  cgroup("cpu/node/cpu.stat", "nr_throttled 1\nthrottled_time 0\n");
  headway::resource_reader reader{root(), ""};
  reader.read(start);
  cgroup("cpu/node/cpu.stat", "nr_throttled 9\nthrottled_time 4000000000\n");
  BOOST_TEST(reader.read(start + 5s).cpu_throttled.value() == 0.8);
}

BOOST_FIXTURE_TEST_CASE(version_one_of_cgroups_tells_memory_in_use_without_page_cache, machine) {
  write("proc/self/cgroup", "4:memory:/node\n");
  cgroup("memory/memory.limit_in_bytes", "1000000\n");
  cgroup("memory/node/memory.limit_in_bytes", "1000000\n");
  cgroup("memory/node/memory.usage_in_bytes", "900000\n");
  cgroup("memory/node/memory.stat",
         "cache 1\ntotal_inactive_file 300000\ntotal_active_file 100000\n");
  const auto sample = headway::resource_reader{root(), ""}.read(start);
  BOOST_TEST(sample.memory_used.value() == 500'000u);
}

BOOST_AUTO_TEST_CASE(the_disk_of_the_data_directory_has_a_size) {
  const test::sandbox box;
  const auto sample = headway::resource_reader{"/", box.root().string()}.read(start);
  BOOST_TEST(sample.disk_size.value() >= sample.disk_free.value());
}

BOOST_AUTO_TEST_SUITE_END()
