#include <functional>
#include <thread>

#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/sqlite_concurrency/connections.hpp>
#include <benchmarks/sqlite_concurrency/scratch_folder.hpp>
#include <benchmarks/sqlite_concurrency/sections.hpp>
#include <benchmarks/sqlite_concurrency/single_writer.hpp>

namespace headway::sqlite_concurrency {

namespace {

constexpr double most_us = 10'000;

/// Who writes meanwhile, and how its reader fared.
struct scene {
  std::string name;
  std::string key;
  std::string file;
  journal log;
  std::function<void(std::chrono::milliseconds)> write;
  std::vector<double> microseconds;
  std::vector<double> p99;  ///< By round.
};

/// One reader, for as long as the writing takes.
std::vector<double> read_during(const scene& where, std::size_t projects,
                                std::chrono::milliseconds time) {
  std::atomic<bool> go_on{true};
  std::vector<double> microseconds;
  std::thread reader{
      [&] { microseconds = read_documents(where.file, where.log, projects, go_on); }};
  where.write(time);
  go_on = false;
  reader.join();
  return microseconds;
}

void idle(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

}  // namespace

void measure_reads(const options& asked, measure::report& report) {
  const scratch_folder ours{asked.directory};
  const scratch_folder theirs{asked.directory};
  fill(theirs.path().string(), asked.projects);
  const auto our_file = (ours.path() / "headway.db").string();
  const auto their_file = (theirs.path() / "headway.db").string();
  single_writer writer{ours.path().string(), asked.projects};
  const auto by_the_writer = [&](std::size_t outstanding) {
    return [&, outstanding](std::chrono::milliseconds time) {
      writer.write(single_writer::kind::documents, asked.projects, 1, outstanding, time);
    };
  };
  const auto by_connections = [&](std::size_t count) {
    return [&, count](std::chrono::milliseconds time) {
      write_documents(their_file, journal::rollback, asked.projects, count, time);
    };
  };
  open_connection(their_file, journal::rollback, sync::normal);
  std::vector<scene> scenes{
      {"WAL, nobody writes", "wal.idle", our_file, journal::wal, idle, {}, {}},
      {"WAL, the one writer, a document at a time",
       "wal.document_at_a_time",
       our_file,
       journal::wal,
       by_the_writer(1),
       {},
       {}},
      {"WAL, the one writer, flat out",
       "wal.flat_out",
       our_file,
       journal::wal,
       by_the_writer(64),
       {},
       {}},
      {"DELETE journal, nobody writes",
       "delete_journal.idle",
       their_file,
       journal::rollback,
       idle,
       {},
       {}},
      {"DELETE journal, one connection, flat out",
       "delete_journal.flat_out",
       their_file,
       journal::rollback,
       by_connections(1),
       {},
       {}},
  };
  std::vector<measure::contender> contenders;
  for (auto& one : scenes)
    contenders.push_back({one.name, [&] {
                            const auto found = read_during(one, asked.projects, asked.each);
                            one.microseconds.insert(one.microseconds.end(), found.begin(),
                                                    found.end());
                            return measure::percentile(found, 99);
                          }});
  const auto p99 = measure::run_rounds(asked.rounds, contenders);
  auto& section = report.begin(
      "a document is looked up meanwhile; us",
      {"meanwhile", "look-ups/s", "p50", "p95", "p99", "p99.9", "greatest", "p99 / idle p99"});
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const auto& x = scenes[i].microseconds;
    const auto seconds = measure::in_seconds(asked.each) * static_cast<double>(asked.rounds);
    const auto idle_of_it = scenes[i].log == journal::wal ? 0u : 3u;
    section.add({scenes[i].name, static_cast<double>(x.size()) / seconds,
                 measure::percentile(x, 50), measure::percentile(x, 95), measure::percentile(x, 99),
                 measure::percentile(x, 99.9), measure::percentile(x, 100),
                 measure::ratio_of(p99[i], p99[idle_of_it])});
    report.name("look_up_p99_us." + scenes[i].key, measure::percentile(x, 99));
    if (scenes[i].key == "wal.document_at_a_time" || scenes[i].key == "wal.flat_out")
      report.judge("a document is looked up, " + scenes[i].name + ": p99 < 10 ms; us",
                   measure::percentile(x, 99), measure::percentile(x, 99) < most_us);
  }
}

void measure_pressed(const options& asked, measure::report& report) {
  const scratch_folder ours{asked.directory};
  const auto file = (ours.path() / "headway.db").string();
  single_writer writer{ours.path().string(), asked.projects};
  std::vector<double> alone_ms;
  std::vector<double> pressed_ms;
  const auto write = [&](std::vector<double>& waits) {
    auto done = writer.write(single_writer::kind::documents, asked.projects, 1, 64, asked.each);
    waits.insert(waits.end(), done.milliseconds.begin(), done.milliseconds.end());
    return done.seconds / static_cast<double>(done.submissions);
  };
  const std::vector<measure::contender> contenders{
      {"alone", [&] { return write(alone_ms); }},
      {"pressed", [&] {
         std::atomic<bool> go_on{true};
         std::vector<std::thread> readers;
         for (int i = 0; i < 2; ++i)
           readers.emplace_back([&] { read_documents(file, journal::wal, asked.projects, go_on); });
         const auto cost = write(pressed_ms);
         go_on = false;
         for (auto& one : readers)
           one.join();
         return cost;
       }}};
  const auto costs = measure::run_rounds(asked.rounds, contenders);
  auto& section = report.begin("writes while two readers read flat out, 64 outstanding",
                               {"readers", "rows/s", "ack p50 ms", "p95", "p99", "times alone"});
  const auto add = [&](const char* name, const std::vector<double>& waits, std::size_t i) {
    section.add({name, branches_each / measure::median(costs[i]), measure::percentile(waits, 50),
                 measure::percentile(waits, 95), measure::percentile(waits, 99),
                 measure::ratio_of(costs[0], costs[i])});
  };
  add("none", alone_ms, 0);
  add("two", pressed_ms, 1);
}

}  // namespace headway::sqlite_concurrency
