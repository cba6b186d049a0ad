#include <boost/test/unit_test.hpp>

#include <actors/repo/mount_table.hpp>

BOOST_AUTO_TEST_SUITE(mount_table)

using headway::disk_id;

namespace {

constexpr disk_id disk(std::uint32_t major, std::uint32_t minor) {
  return disk_id{major} << 32 | minor;
}

const headway::mount_table table{
    "21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
    "36 21 8:17 /clones /srv/git rw,noatime master:1 - ext4 /dev/sdb1 rw\n"
    "37 36 0:52 / /srv/git/far\\040away rw - nfs4 host:/x rw,vers=4.2\n"
    "38 21 0:60 / /mnt rw - autofs systemd-1 rw\n"
    "39 38 0:61 / /mnt rw - nfs host:/y rw\n"
    "what is this\n"
    "40 21 abc / /none rw - ext4 /dev/sdx rw\n"};

}  // namespace

BOOST_AUTO_TEST_CASE(the_longest_mount_point_above_a_path_counts) {
  BOOST_TEST(table.disk_of("/") == disk(254, 0));
  BOOST_TEST(table.disk_of("/home/user/clone/.git") == disk(254, 0));
  BOOST_TEST(table.disk_of("/srv/git") == disk(8, 17));
  BOOST_TEST(table.disk_of("/srv/git/a/.git") == disk(8, 17));
  BOOST_TEST(table.disk_of("/srv/git/far away/b") == disk(0, 52));
}

BOOST_AUTO_TEST_CASE(a_name_that_only_begins_alike_is_another) {
  BOOST_TEST(table.disk_of("/srv/gitlab") == disk(254, 0));
  BOOST_TEST(table.disk_of("/srv/git/far") == disk(8, 17));
}

BOOST_AUTO_TEST_CASE(what_is_mounted_last_at_a_place_hides_the_rest) {
  BOOST_TEST(table.disk_of("/mnt/clone") == disk(0, 61));
}

BOOST_AUTO_TEST_CASE(lines_that_are_none_are_passed_over) {
  BOOST_TEST(table.disk_of("/none/x") == disk(254, 0));
  BOOST_TEST(headway::mount_table{}.disk_of("/srv") == 0u);
  BOOST_TEST(table.disk_of("relative") == 0u);
}

BOOST_AUTO_TEST_CASE(this_process_has_a_root) {
  const auto own = headway::mount_table::of_this_process();
  BOOST_TEST(own.disk_of("/") == own.disk_of("/no-such-folder-anywhere"));
}

BOOST_AUTO_TEST_CASE(it_is_read_anew_when_it_is_a_second_old) {
  int reads = 0;
  headway::recent_mounts mounts{[&reads] {
    ++reads;
    return headway::mount_table{"1 0 8:" + std::to_string(reads) + " / / rw - ext4 /dev/sda1 rw"};
  }};
  const auto begin = std::chrono::steady_clock::time_point{};
  const auto first = mounts.at(begin).disk_of("/a");
  BOOST_TEST(mounts.at(begin + std::chrono::milliseconds{999}).disk_of("/a") == first);
  BOOST_TEST(reads == 1);
  BOOST_TEST(mounts.at(begin + std::chrono::seconds{1}).disk_of("/a") != first);
  BOOST_TEST(reads == 2);
}

BOOST_AUTO_TEST_SUITE_END()
