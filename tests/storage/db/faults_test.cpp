/// Every call to the disk fails once, and every call fails for good: whoever wrote is told, and
/// what is there afterwards is whole.
#include <set>

#include <tests/storage/db/faulty_disk.hpp>
#include <tests/storage/db/fixture.hpp>

#include <storage/db/database_file.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

constexpr std::uint64_t batches = 6;

/// What the disk is asked for while a node works: batches, checkpoints, upkeep, a stop.
struct faults_fixture : store_fixture {
  faults_fixture() {
    auto writer = open();
    std::vector<db::write> batch{project("kept")};
    for (std::uint64_t id = 1; id <= 100; ++id)
      batch.push_back(fetch(id, "kept", 1'000'000));
    must(writer->apply(batch));
    writer.reset();
    whole = box.read(file);
  }

  /// The database as it was at first.
  void reset() const {
    for (const char* suffix : {"-wal", "-shm"})
      std::filesystem::remove(file + suffix);
    box.write(file, whole);
  }

  /// Batch `n`: a project, its document, a fetch. All of it is there or nothing.
  static std::vector<db::write> batch(std::uint64_t n) {
    const auto slug = "p" + std::to_string(n);
    std::vector<branch_status> branches;
    for (int i = 0; i < 30; ++i)
      branches.push_back(branch("b" + std::to_string(i), n, 0));
    return {project(slug), status_of(slug, branches), fetch(1'000 + n, slug)};
  }

  static std::size_t parts_of(std::uint64_t n, const stored_state& state, db::store& writer) {
    std::size_t parts = 0;
    for (const auto& x : state.projects)
      if (x.id.slug == "p" + std::to_string(n)) {
        ++parts;
        parts += x.last_status && x.last_status->branches.size() == 30 ? 1 : 0;
      }
    return parts + (writer.find_fetch({1'000 + n}) ? 1 : 0);
  }

  /// A node's work; the numbers of the batches that were acknowledged.
  std::set<std::uint64_t> work() const {
    std::set<std::uint64_t> acknowledged;
    auto writer = db::store::open({.directory = directory});
    if (!writer)
      return acknowledged;
    for (std::uint64_t n = 1; n <= batches; ++n) {
      if (!(*writer)->apply(batch(n)))
        acknowledged.insert(n);
      if (n == batches / 2)
        (*writer)->keep_up(at(1'700'000'000'000));
    }
    return acknowledged;
  }

  void check(const std::set<std::uint64_t>& acknowledged) const {
    const auto writer = open();
    const auto state = must(writer->load());
    BOOST_TEST(must(must(open_for_reading(file))->text("PRAGMA integrity_check")) == "ok");
    BOOST_TEST(std::ranges::count(state.projects, project_id{"kept"}, &stored_project::id) == 1);
    for (std::uint64_t n = 1; n <= batches; ++n) {
      const auto parts = parts_of(n, state, *writer);
      if (acknowledged.contains(n))
        BOOST_TEST(parts == 3u, "batch " << n << " was acknowledged and is lost");
      else
        BOOST_TEST((parts == 0u || parts == 3u), "half of batch " << n << " is there");
    }
  }

  /// Lets the n-th call fail, for every n that the work comes to.
  void fail_every(disk_call call, fault_length length) {
    std::uint64_t n = 0;
    do {
      reset();
      disk.fail(call, ++n, length);
      const auto acknowledged = work();
      const bool failed = disk.has_failed();
      disk.mend();
      BOOST_TEST_CONTEXT("call " << n) {
        check(acknowledged);
        if (!failed) {
          BOOST_TEST(acknowledged.size() == batches);
          BOOST_TEST(n > 3u);
          return;
        }
      }
    } while (n < 100'000);
    BOOST_ERROR("the work never comes to an end");
  }

  faulty_disk disk;
  std::string whole;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(faults, faults_fixture)

BOOST_AUTO_TEST_CASE(a_read_that_fails_loses_nothing) {
  fail_every(disk_call::read, fault_length::once);
  fail_every(disk_call::read, fault_length::forever);
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_loses_nothing) {
  fail_every(disk_call::write, fault_length::once);
  fail_every(disk_call::write, fault_length::forever);
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_loses_nothing) {
  fail_every(disk_call::sync, fault_length::once);
  fail_every(disk_call::sync, fault_length::forever);
}

BOOST_AUTO_TEST_CASE(a_lock_that_fails_loses_nothing) {
  fail_every(disk_call::lock, fault_length::once);
  fail_every(disk_call::lock, fault_length::forever);
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full_loses_nothing) {
  fail_every(disk_call::space, fault_length::once);
  fail_every(disk_call::space, fault_length::forever);
}

// Everything that an upkeep does: old fetches go, free pages are given back, tables are looked at,
// the log is moved.
BOOST_AUTO_TEST_CASE(an_upkeep_that_fails_tells_it_and_is_done_the_next_time) {
  must(must(open_for_writing(directory, 1 << 20))
           ->execute("CREATE TABLE gap (x); INSERT INTO gap VALUES (zeroblob(500000)); "
                     "CREATE TABLE moved (x); INSERT INTO moved VALUES (zeroblob(600000)); "
                     "DROP TABLE gap"));
  whole = box.read(file);
  const auto now = at(1'700'000'000'000);
  const auto keep_up = [&](db::store& writer) {
    for (int step = 0; step < 1'000; ++step) {
      const auto left = writer.keep_up(now);
      if (!left)
        return words(left);
      if (*left == db::upkeep::done)
        return std::string{};
    }
    return std::string{"it does not come to an end"};
  };
  for (const auto call :
       {disk_call::read, disk_call::write, disk_call::sync, disk_call::lock, disk_call::space}) {
    // Of reads and writes there are hundreds alike.
    const std::uint64_t stride = call == disk_call::sync || call == disk_call::lock ? 1 : 9;
    bool failed = true;
    for (std::uint64_t n = 1; failed; n += stride) {
      reset();
      const auto writer = open();
      disk.fail(call, n, fault_length::once);
      const auto told = keep_up(*writer);
      failed = disk.has_failed();
      disk.mend();
      BOOST_TEST_CONTEXT("call " << n << " of kind " << static_cast<int>(call) << ": " << told) {
        // What SQLite or the store could do without is no failure.
        BOOST_TEST((failed || told.empty()));
        BOOST_TEST(keep_up(*writer) == "");
        const auto reading = must(open_for_reading(file));
        BOOST_TEST(must(reading->text("PRAGMA integrity_check")) == "ok");
        BOOST_TEST(must(reading->integer("SELECT count(*) FROM fetch_history")) == 0);
        BOOST_TEST(must(reading->integer("PRAGMA freelist_count")) <= 64);
        BOOST_TEST(must(writer->load()).projects.size() == 1u);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_store_works_on_after_a_failure_that_passed) {
  for (const auto call : {disk_call::write, disk_call::sync, disk_call::space}) {
    reset();
    {
      const auto writer = open();
      disk.fail(call, 1, fault_length::forever);
      const auto refused = words(writer->apply(batch(1)));
      BOOST_TEST((contains(refused, "io") || contains(refused, "disk_full")), refused);
      BOOST_TEST(contains(refused, file), refused);
      // What was refused is not seen by a reader meanwhile either.
      BOOST_TEST(contains(words(must(reader::open(file))->find_fetch({1'001})), "not_found"));
      disk.mend();
      must(writer->apply(batch(2)));
      BOOST_TEST(parts_of(1, must(writer->load()), *writer) == 0u);
      BOOST_TEST(writer->stats().failures >= 1u);
    }
    check({2});
  }
}

BOOST_AUTO_TEST_SUITE_END()
