#include <functional>

#include <benchmarks/measure/summary.hpp>
#include <benchmarks/sqlite_concurrency/connections.hpp>
#include <benchmarks/sqlite_concurrency/scratch_folder.hpp>
#include <benchmarks/sqlite_concurrency/sections.hpp>
#include <benchmarks/sqlite_concurrency/single_writer.hpp>

namespace headway::sqlite_concurrency {

namespace {

/// One way of writing, and what all its rounds came to.
struct way {
  std::string name;
  std::function<tally()> run;
  std::vector<double> costs;  ///< Seconds a submission, by round.
  std::vector<double> milliseconds;
};

/// Every way in every round, each on a database of its own, in turns.
void run_all(std::vector<way>& ways, std::size_t rounds) {
  std::vector<measure::contender> contenders;
  for (auto& one : ways)
    contenders.push_back({one.name, [&one] {
                            auto done = one.run();
                            one.milliseconds.insert(one.milliseconds.end(),
                                                    done.milliseconds.begin(),
                                                    done.milliseconds.end());
                            return done.seconds / static_cast<double>(done.submissions);
                          }});
  const auto costs = measure::run_rounds(rounds, contenders);
  for (std::size_t i = 0; i < ways.size(); ++i)
    ways[i].costs = costs[i];
}

measure::figure percentile_of(const way& x, double percent) {
  if (x.milliseconds.empty())
    return std::monostate{};
  return measure::percentile(x.milliseconds, percent);
}

/// `ways[0]` is the limit, the last one the counterpart.
void tell(measure::report& report, const std::string& title, const std::vector<way>& ways,
          double rows_each) {
  auto& section = report.begin(title, {"how", "rows/s", "share of the limit", "times the ten",
                                       "ack p50 ms", "p95", "p99", "p99.9", "greatest"});
  for (const auto& one : ways) {
    measure::figure greatest = std::monostate{};
    if (!one.milliseconds.empty())
      greatest = measure::percentile(one.milliseconds, 100);
    section.add({one.name, rows_each / measure::median(one.costs),
                 measure::ratio_of(ways.front().costs, one.costs),
                 measure::ratio_of(ways.back().costs, one.costs), percentile_of(one, 50),
                 percentile_of(one, 95), percentile_of(one, 99), percentile_of(one, 99.9),
                 greatest});
  }
}

std::string named(std::size_t submitters, std::size_t outstanding) {
  return "one writer, " + std::to_string(submitters * outstanding) + " outstanding";
}

/// The limit, the one writer with windows of several sizes, and the ten connections.
void contest(const options& asked, measure::report& report, const std::string& title,
             single_writer::kind what, double rows_each,
             const std::function<tally(const std::string&)>& limit,
             const std::function<tally(const std::string&)>& ten) {
  const scratch_folder bulk{asked.directory};
  const scratch_folder ours{asked.directory};
  const scratch_folder theirs{asked.directory};
  for (const auto* folder : {&bulk, &theirs})
    fill(folder->path().string(), asked.projects);
  single_writer writer{ours.path().string(), asked.projects};
  std::vector<way> ways;
  ways.push_back({"one bulk transaction (the limit)",
                  [&] { return limit((bulk.path() / "headway.db").string()); },
                  {},
                  {}});
  // Windows of threads and submissions: 10, 64, 640.
  const std::pair<std::size_t, std::size_t> windows[] = {
      {asked.submitters, 1}, {8, 8}, {asked.submitters, 64}};
  for (const auto& [submitters, outstanding] : windows)
    ways.push_back({named(submitters, outstanding),
                    [&, submitters = submitters, outstanding = outstanding] {
                      return writer.write(what, asked.projects, submitters, outstanding,
                                          asked.each);
                    },
                    {},
                    {}});
  ways.push_back({std::to_string(asked.submitters) + " connections, busy timeout",
                  [&] { return ten((theirs.path() / "headway.db").string()); },
                  {},
                  {}});
  run_all(ways, asked.rounds);
  tell(report, title, ways, rows_each);
}

}  // namespace

void measure_derived(const options& asked, measure::report& report) {
  contest(
      asked, report, "documents of 20 changed branches, synchronous=NORMAL",
      single_writer::kind::documents, branches_each,
      [&](const std::string& file) { return bulk_documents(file, asked.projects, 10'000); },
      [&](const std::string& file) {
        return write_documents(file, journal::wal, asked.projects, asked.submitters, asked.each);
      });
}

void measure_registry(const options& asked, measure::report& report) {
  contest(
      asked, report, "changes of the registry, a row each, synchronous=FULL",
      single_writer::kind::moves, 1,
      [&](const std::string& file) { return bulk_moves(file, asked.projects, 100'000); },
      [&](const std::string& file) {
        return write_moves(file, asked.projects, asked.submitters, asked.each);
      });
}

}  // namespace headway::sqlite_concurrency
