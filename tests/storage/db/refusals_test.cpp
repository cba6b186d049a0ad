/// Data directories and files that cannot be used: each is named, and none is changed.
#include <csignal>
#include <fstream>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <tests/storage/db/fixture.hpp>

#include <storage/db/database_file.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

constexpr uid_t nobody = 65534;

struct refusals_fixture : store_fixture {
  std::string opening() const { return words(db::store::open({.directory = directory})); }

  /// What an ordinary user is told; root is told nothing of permissions.
  std::string opening_as_ordinary_user() const {
    return in_child([&] {
      if (::getuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0))
        return std::string{"cannot become another user"};
      return opening();
    });
  }

  void fill() const {
    auto writer = open();
    std::vector<db::write> batch{project("a")};
    for (std::uint64_t id = 1; id <= 500; ++id)
      batch.push_back(fetch(id, "a"));
    must(writer->apply(std::move(batch)));
  }

  /// Opens and loads, for damage that only reading finds.
  std::string using_it() const {
    auto writer = db::store::open({.directory = directory});
    return writer ? words((*writer)->load()) : words(writer);
  }
};

/// A small file system of its own; unmounted at the end.
class small_disk {
 public:
  explicit small_disk(const std::string& directory) : directory_(directory) {
    std::filesystem::create_directories(directory_);
    mounted_ = ::mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  ~small_disk() {
    if (mounted_)
      ::umount2(directory_.c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  bool mounted() const { return mounted_; }
  bool make_read_only() const {
    return ::mount("tmpfs", directory_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }

 private:
  std::string directory_;
  bool mounted_ = false;
};

/// Writes fetches from `next` on until one is refused, and answers its error.
std::string write_until_refused(db::store& writer, std::uint64_t& next) {
  for (; next < 1'000'000; ++next)
    if (auto error = writer.apply({fetch(next, "a"), fetch(next + 500'000'000, "a")}))
      return describe(error);
  return {};
}

/// Every fetch before `next` is there as a whole, and nothing of `next`.
std::string check_history(db::store& writer, std::uint64_t next) {
  for (std::uint64_t id = 1; id < next; ++id)
    if (!writer.find_fetch({id}) || !writer.find_fetch({id + 500'000'000}))
      return "fetch " + std::to_string(id) + " is lost";
  if (writer.find_fetch({next}) || writer.find_fetch({next + 500'000'000}))
    return "half of a refused batch is there";
  return {};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(refusals, refusals_fixture)

BOOST_AUTO_TEST_CASE(two_stores_never_share_a_directory) {
  auto first = open();
  const auto refused = opening();
  BOOST_TEST(contains(refused, "in_use"));
  BOOST_TEST(contains(refused, "process " + std::to_string(::getpid())));
  must(first->apply({project("a")}));
  first.reset();
  BOOST_TEST(opening() == "");
}

BOOST_AUTO_TEST_CASE(a_directory_without_permission_is_named) {
  std::filesystem::create_directories(directory);
  std::filesystem::permissions(box.root(), std::filesystem::perms{0755});
  std::filesystem::permissions(directory, std::filesystem::perms{0555});
  const auto refused = opening_as_ordinary_user();
  BOOST_TEST(contains(refused, "permission_denied"), refused);
  BOOST_TEST(contains(refused, directory), refused);
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_made_is_named) {
  std::filesystem::permissions(box.root(), std::filesystem::perms{0555});
  const auto refused = opening_as_ordinary_user();
  BOOST_TEST(contains(refused, "permission_denied"), refused);
  BOOST_TEST(contains(refused, directory), refused);
}

BOOST_AUTO_TEST_CASE(a_database_file_without_permission_is_named) {
  fill();
  std::filesystem::permissions(box.root(), std::filesystem::perms{0755});
  std::filesystem::permissions(directory, std::filesystem::perms{0777});
  std::filesystem::permissions(directory + "/lock", std::filesystem::perms{0666});
  std::filesystem::permissions(file, std::filesystem::perms{0444});
  const auto refused = opening_as_ordinary_user();
  BOOST_TEST(contains(refused, "permission_denied"), refused);
  BOOST_TEST(contains(refused, file), refused);
}

BOOST_AUTO_TEST_CASE(a_read_only_file_system_is_named) {
  const small_disk disk{directory};
  if (!disk.mounted()) {
    BOOST_TEST_MESSAGE("skipped: file systems cannot be mounted here");
    BOOST_TEST(true);
    return;
  }
  fill();
  BOOST_REQUIRE(disk.make_read_only());
  const auto refused = opening();
  BOOST_TEST(contains(refused, "read_only"), refused);
  BOOST_TEST(contains(refused, directory), refused);
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_whole_batches_and_the_store_goes_on) {
  const small_disk disk{directory};
  if (!disk.mounted()) {
    BOOST_TEST_MESSAGE("skipped: file systems cannot be mounted here");
    BOOST_TEST(true);
    return;
  }
  box.write(std::filesystem::path{directory} / "ballast", std::string(300'000, 'x'));
  auto writer = open();
  must(writer->apply({project("a")}));
  std::uint64_t next = 1;
  const auto refused = write_until_refused(*writer, next);
  BOOST_TEST(contains(refused, "disk_full"), refused);
  BOOST_TEST(contains(refused, file), refused);
  BOOST_TEST(contains(refused, "free space"), refused);
  BOOST_TEST(check_history(*writer, next) == "");
  std::filesystem::remove(directory + "/ballast");
  must(writer->apply({fetch(next, "a")}));
  writer.reset();
  BOOST_TEST(words(open()->find_fetch({next})) == "");
}

BOOST_AUTO_TEST_CASE(a_limit_on_file_sizes_is_a_full_disk_too) {
  const auto answer = in_child([&]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    auto writer = db::store::open({.directory = directory});
    if (!writer || (*writer)->apply({project("a")}))
      return "cannot begin";
    const rlimit low{400'000, RLIM_INFINITY};
    const rlimit high{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &low);
    std::uint64_t next = 1;
    const auto refused = write_until_refused(**writer, next);
    if (const auto lost = check_history(**writer, next); !lost.empty())
      return lost;
    ::setrlimit(RLIMIT_FSIZE, &high);
    if (auto error = (*writer)->apply({fetch(next, "a")}))
      return "does not recover: " + describe(error);
    return refused;
  });
  BOOST_TEST(contains(answer, "disk_full"), answer);
  BOOST_TEST(contains(answer, file), answer);
}

BOOST_AUTO_TEST_CASE(no_space_for_a_new_database_is_said) {
  const small_disk disk{directory};
  if (!disk.mounted()) {
    BOOST_TEST_MESSAGE("skipped: file systems cannot be mounted here");
    BOOST_TEST(true);
    return;
  }
  BOOST_CHECK_THROW(
      [&] {
        std::ofstream ballast{directory + "/ballast"};
        ballast.exceptions(std::ios::failbit | std::ios::badbit);
        ballast << std::string(2 << 20, 'x') << std::flush;
      }(),
      std::ios_base::failure);
  const auto refused = opening();
  BOOST_TEST(contains(refused, "disk_full"), refused);
  std::filesystem::remove(directory + "/ballast");
  BOOST_TEST(opening() == "");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_named_and_stays_as_it_is) {
  std::filesystem::create_directories(directory);
  for (const auto& text : {std::string{"x"}, std::string(100, 'x'), std::string(10'000, 'x')}) {
    box.write(file, text);
    const auto refused = opening();
    BOOST_TEST(contains(refused, "corrupt"), refused);
    BOOST_TEST(contains(refused, file), refused);
    BOOST_TEST((box.read(file) == text));
  }
}

BOOST_AUTO_TEST_CASE(a_truncated_database_is_damaged_at_every_length) {
  fill();
  const auto whole = box.read(file);
  BOOST_REQUIRE(whole.size() > 40'000u);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{511},
                                 std::size_t{512}, std::size_t{4095}, std::size_t{4096},
                                 whole.size() / 2, whole.size() - 4096, whole.size() - 1}) {
    box.write(file, whole.substr(0, size));
    const auto refused = using_it();
    BOOST_TEST(contains(refused, "corrupt"), size << " bytes: " << refused);
    BOOST_TEST(contains(refused, file), size << " bytes: " << refused);
    BOOST_TEST((box.read(file) == whole.substr(0, size)), size << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(damaged_pages_are_reported_and_never_crash) {
  fill();
  const auto whole = box.read(file);
  for (std::size_t page = 1; page < whole.size() / 4096; ++page) {
    auto damaged = whole;
    damaged.replace(page * 4096, 4096, std::string(4096, '\xa5'));
    box.write(file, damaged);
    auto writer = db::store::open({.directory = directory});
    if (!writer) {
      BOOST_TEST((code_of(writer.error()) == ec::corrupt), words(writer));
      continue;
    }
    for (const auto& error : {words((*writer)->load()), words((*writer)->find_fetch({250})),
                              words((*writer)->apply({fetch(9000, "a"), project("b")}))})
      BOOST_TEST((error.empty() || contains(error, "corrupt") || contains(error, "not_found")),
                 error);
  }
}

BOOST_AUTO_TEST_CASE(a_directory_in_the_place_of_the_database_is_named) {
  std::filesystem::create_directories(file);
  const auto refused = opening();
  BOOST_TEST(contains(refused, "corrupt"), refused);
  BOOST_TEST(contains(refused, file), refused);
}

BOOST_AUTO_TEST_CASE(a_write_lock_of_another_program_is_waited_for_and_then_named) {
  auto writer =
      must(open_for_writing((std::filesystem::create_directories(directory), directory), 1 << 20));
  writer->wait_for_locks(10);
  const auto other = must(connection::open_read_write(file));
  must(other->execute("BEGIN IMMEDIATE"));
  const auto refused = words(transaction{*writer}.begin());
  BOOST_TEST(contains(refused, "in_use"), refused);
  BOOST_TEST(contains(refused, file), refused);
  must(other->execute("ROLLBACK"));
  BOOST_TEST(words(transaction{*writer}.begin()) == "");
}

BOOST_AUTO_TEST_CASE(other_people_cannot_read_the_files) {
  auto writer = open();
  must(writer->apply({project("a")}));
  for (const char* name : {"/headway.db", "/headway.db-wal", "/lock"}) {
    struct stat found {};
    BOOST_REQUIRE(::stat((directory + name).c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0077) == 0u, name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
