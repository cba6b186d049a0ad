#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <random>

#include <tests/storage/db/fixture.hpp>

#include <storage/db/database_file.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

struct durability_fixture : store_fixture {
  std::uintmax_t wal_size() const {
    std::error_code code;
    const auto size = std::filesystem::file_size(file + "-wal", code);
    return code ? 0 : size;
  }

  std::string integrity() const {
    return must(must(open_for_reading(file))->text("PRAGMA integrity_check"));
  }

  /// Batch `n` of the writing child: a project now and then, a document and a fetch always.
  static std::vector<db::write> batch(std::uint64_t n) {
    const auto slug = "p" + std::to_string(n / 10);
    std::vector<branch_status> branches;
    for (int i = 0; i < 8; ++i)
      branches.push_back(branch("b" + std::to_string(i), n, 0));
    return {project(slug), status_of(slug, branches, static_cast<std::int64_t>(n)), fetch(n, slug)};
  }

  /// When a writing child is killed: after so many acknowledgements and then so much time.
  struct moment {
    std::uint64_t acknowledgements = 1;
    std::chrono::microseconds later{0};
  };

  /// Asks the kernel to kill this process.
  static bool kill_me_in(std::chrono::microseconds time) {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    timer_t timer{};
    itimerspec when{};
    when.it_value.tv_nsec = 1 + std::chrono::nanoseconds{time}.count();
    return ::timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
           ::timer_settime(timer, 0, &when, nullptr) == 0;
  }

  /// Writes batches from `first` on, telling the number of each committed one, until it is killed.
  [[noreturn]] void write_for_ever(std::uint64_t first, moment end, int pipe) const {
    auto writer = db::store::open({.directory = directory});
    if (!writer)
      ::_exit(1);
    for (auto n = first;; ++n) {
      if ((*writer)->apply(batch(n)))
        ::_exit(2);
      if (n % 7 == 0)
        (*writer)->checkpoint_if_worthwhile();
      if (n % 11 == 0)
        (*writer)->keep_up(at(0));
      if (::write(pipe, &n, sizeof n) != sizeof n)
        ::_exit(3);
      if (n - first + 1 == end.acknowledgements && !kill_me_in(end.later))
        ::_exit(4);
    }
  }

  /// The number of the last batch that a child acknowledged before it was killed.
  std::uint64_t killed_after(std::uint64_t first, moment end) const {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      ::close(ends[0]);
      write_for_ever(first, end, ends[1]);
    }
    ::close(ends[1]);
    std::uint64_t last = 0;
    std::uint64_t n = 0;
    while (::read(ends[0], &n, sizeof n) == sizeof n)
      last = n;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST(WIFSIGNALED(status), "the child ended by itself with " << WEXITSTATUS(status));
    return last;
  }

  /// 50, or what $HEADWAY_KILLS says.
  static int kills() {
    const char* wanted = std::getenv("HEADWAY_KILLS");
    return wanted == nullptr ? 50 : std::atoi(wanted);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(durability, durability_fixture)

BOOST_AUTO_TEST_CASE(nothing_acknowledged_is_lost_when_the_process_is_killed) {
  std::mt19937 random{20'240'607};
  std::uint64_t last = 0;
  std::uint64_t checked = 0;
  for (int round = 0; round < kills(); ++round) {
    const moment end{std::uniform_int_distribution<std::uint64_t>{1, 60}(random),
                     std::chrono::microseconds{std::uniform_int_distribution{0, 5'000}(random)}};
    last = killed_after(last + 1, end);
    BOOST_REQUIRE(last > 0u);
    auto writer = open();
    BOOST_TEST(integrity() == "ok");
    const auto state = must(writer->load());
    BOOST_TEST(state.last_fetch.value >= last);
    for (std::uint64_t n = checked + 1; n <= last; ++n)
      BOOST_TEST(words(writer->find_fetch({n})) == "");
    checked = last;
    // A batch is there as a whole or not at all.
    last = state.last_fetch.value;
    const auto slug = "p" + std::to_string(last / 10);
    const auto newest = std::find_if(state.projects.begin(), state.projects.end(),
                                     [&](const stored_project& x) { return x.id.slug == slug; });
    BOOST_REQUIRE((newest != state.projects.end() && newest->last_status != nullptr));
    BOOST_TEST((newest->last_status->as_of == at(static_cast<std::int64_t>(last))));
    for (const auto& x : newest->last_status->branches)
      BOOST_TEST(x.ahead.value_or(0) == last);
  }
}

BOOST_AUTO_TEST_CASE(closing_leaves_everything_in_the_file_and_no_log) {
  {
    auto writer = open();
    must(writer->apply(batch(1)));
    BOOST_TEST(wal_size() > 0u);
  }
  BOOST_TEST(wal_size() == 0u);
  BOOST_TEST(must(open()->load()).projects.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_log_left_by_a_killed_process_is_moved_without_a_write_of_our_own) {
  const auto last = killed_after(1, {.acknowledgements = 30});
  BOOST_TEST(wal_size() > 0u);
  open().reset();
  BOOST_TEST(wal_size() == 0u);
  BOOST_TEST(must(open()->load()).last_fetch.value >= last);
}

BOOST_AUTO_TEST_CASE(an_idle_moment_moves_a_long_log_and_leaves_a_short_one) {
  auto writer = open();
  must(writer->apply(batch(1)));
  const auto little = writer->stats().wal_pages;
  BOOST_TEST(little > 0u);
  writer->checkpoint_if_worthwhile();
  BOOST_TEST(writer->stats().wal_pages == little);
  for (std::uint64_t n = 2; writer->stats().wal_pages < 500; ++n)
    must(writer->apply(batch(n)));
  writer->checkpoint_if_worthwhile();
  BOOST_TEST(writer->stats().wal_pages == 0u);
  BOOST_TEST(writer->stats().failures == 0u);
}

BOOST_AUTO_TEST_CASE(the_log_is_bounded_without_an_idle_moment) {
  auto writer = open();
  std::uint64_t longest = 0;
  for (std::uint64_t n = 1; n <= 1500; ++n) {
    must(writer->apply(batch(n)));
    longest = std::max(longest, writer->stats().wal_pages);
  }
  BOOST_TEST(longest > 500u);
  BOOST_TEST(longest < 1100u);
  BOOST_TEST(wal_size() < (6u << 20));
}

BOOST_AUTO_TEST_CASE(the_writer_uses_the_settings_that_keep_data_safe) {
  open().reset();
  auto db = must(open_for_writing(directory, 64ull << 20));
  const std::vector<std::pair<const char*, std::int64_t>> expected{
      {"PRAGMA synchronous", 1},     {"PRAGMA page_size", 4096},
      {"PRAGMA cache_size", -65536}, {"PRAGMA temp_store", 2},
      {"PRAGMA foreign_keys", 1},    {"PRAGMA wal_autocheckpoint", 0},
      {"PRAGMA auto_vacuum", 2},     {"PRAGMA journal_size_limit", 67108864},
      {"PRAGMA busy_timeout", 5000}, {"PRAGMA mmap_size", 0},
      {"PRAGMA trusted_schema", 0},  {"PRAGMA user_version", 5}};
  for (const auto& [pragma, value] : expected)
    BOOST_TEST(must(db->integer(pragma)) == value, pragma);
  BOOST_TEST(must(db->text("PRAGMA journal_mode")) == "wal");
  // Strings in double quotes are names, and the schema cannot be edited by hand.
  BOOST_TEST(words(db->execute("SELECT \"no such column\"")) != "");
  must(db->execute("PRAGMA writable_schema = ON"));
  BOOST_TEST(words(db->execute("DELETE FROM sqlite_schema")) != "");
}

BOOST_AUTO_TEST_SUITE_END()
