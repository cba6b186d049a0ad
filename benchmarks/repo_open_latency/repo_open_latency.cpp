#include <memory>
#include <ostream>
#include <stdexcept>

#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/measure/machine.hpp>
#include <benchmarks/repo_open_latency/contest.hpp>
#include <benchmarks/repo_open_latency/libgit2_open.hpp>
#include <benchmarks/repo_open_latency/page_cache.hpp>
#include <benchmarks/repo_open_latency/repo_open_latency.hpp>
#include <benchmarks/repo_open_latency/slow_disk.hpp>
#include <caf/all.hpp>

#include <actors/engine.hpp>
#include <actors/repo/repo_lease.hpp>
#include <messages/error.hpp>

namespace headway::repo_open_latency {

namespace {

// A seek and half a turn at 7,200 turns a minute: 8 ms.
constexpr unsigned reads_a_second = 125;

void must(const caf::error& error) {
  if (error)
    throw std::runtime_error(describe(error));
}

template <class Value>
Value must(caf::expected<Value> value) {
  if (!value)
    must(value.error());
  return std::move(*value);
}

caf::actor_system_config& configured(caf::actor_system_config& config) {
  engine::configure(config);
  return config;
}

engine_config settings() {
  engine_config config;
  config.fetch.background = fetch_config::background_mode::off;
  return config;
}

/// An engine whose pool is asked for leases.
class pool {
 public:
  pool() : node_(settings(), system_) { must(node_.start()); }
  ~pool() { node_.stop(); }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  make_opening leases(const repository_location& where) {
    return [this, where] {
      return [where, self = std::make_shared<caf::scoped_actor>(system_),
              asked = node_.handles().pool] {
        repo_lease_ptr lease;
        (*self)
            ->request(asked, caf::infinite,
                      lease_request{where, urgency::foreground, std::chrono::minutes{1}})
            .receive([&](repo_lease_ptr& got) { lease = std::move(got); },
                     [](const caf::error& error) { must(error); });
        must(lease->repository());
      };
    };
  }

 private:
  caf::actor_system_config config_;
  caf::actor_system system_{configured(config_)};
  engine node_;
};

void measure_repository(const options& asked, std::uint32_t commits, pool& leases,
                        const slow_disk* hard_disk, measure::report& report, std::ostream& errors) {
  const history::kernel_plan plan{.commits = commits};
  const auto path = history::kernel_repository(
      asked.cache, plan, [&](std::string_view what) { errors << what << std::endl; });
  const auto where = must(git::locate(path.string()));
  contest x{asked,
            report,
            path,
            measure::short_number(std::uint64_t{commits}) + " commits",
            std::to_string(commits) + "_commits",
            {},
            hard_disk};
  x.ways.push_back({"lease from the pool", leases.leases(where)});
  x.ways.push_back(
      {"opened anew", [where] { return [where] { must(git::repository::open(where)); }; }});
  x.ways.push_back({"git_repository_open",
                    [path] { return [name = path.string()] { open_by_libgit2(name); }; }});
  measure_warm(x);
  measure_cold(x);
}

/// Answers whether all targets are met.
bool measure_all(const options& asked, std::ostream& out, std::ostream& errors) {
  std::filesystem::create_directories(asked.cache);
  measure::report report{"repo_open_latency", out};
  report.state(measure::facts(measure::describe_machine(asked.cache)));
  report.state("libgit2", libgit2_version());
  report.state("cold means",
               drop_page_cache(asked.cache) == coldness::everything
                   ? "the page cache of the machine was dropped"
                   : "not permitted to drop the page cache: files of the repository only");
  std::string why_not = "not asked for";
  const auto hard_disk =
      asked.hard_disk_samples == 0 ? nullptr : slow_disk::of(asked.cache, reads_a_second, why_not);
  report.state("a hard disk is emulated by",
               hard_disk ? hard_disk->how() + ", " + std::to_string(reads_a_second) + " reads/s"
                         : "nothing: " + why_not);
  pool leases;
  for (const auto commits : asked.commits)
    measure_repository(asked, commits, leases, hard_disk.get(), report, errors);
  report.finish();
  if (!asked.json.empty())
    report.write_json(asked.json);
  return report.all_met();
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& errors) {
  const auto asked = parse(argc, argv);
  if (const auto* status = std::get_if<int>(&asked))
    return *status == 0 ? 0 : 2;
  try {
    return measure_all(std::get<options>(asked), out, errors) ? 0 : 1;
  } catch (const std::exception& e) {
    errors << "repo_open_latency: " << e.what() << '\n';
    return 1;
  }
}

}  // namespace headway::repo_open_latency
