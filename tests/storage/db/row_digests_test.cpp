#include <tests/storage/db/fixture.hpp>

#include <storage/db/row_digests.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

struct digests_fixture {
  document_digest digest(const std::vector<branch_status>& rows) {
    std::vector<const branch_status*> sorted;
    for (const auto& x : rows)
      sorted.push_back(&x);
    return digests.digest(sorted);
  }

  db::row_digests digests{1};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(row_digests, digests_fixture)

BOOST_AUTO_TEST_CASE(every_field_counts) {
  const auto row = branch("a", 1, 2);
  const auto before = digest({row});
  BOOST_TEST((digest({row}).rows == before.rows));
  const std::vector<std::function<void(branch_status&)>> changes{
      [](auto& x) { x.head = true; },
      [](auto& x) { x.upstream += "x"; },
      [](auto& x) { x.local_oid.reset(); },
      [](auto& x) { x.remote_oid = id_of(9); },
      [](auto& x) { std::swap(x.local_oid, x.remote_oid); },
      [](auto& x) { std::swap(x.ahead, x.behind); },
      [](auto& x) { x.ahead.reset(); },
      [](auto& x) { x.ahead = 0; },
      [](auto& x) { x.state = branch_state::unknown; },
      [](auto& x) { x.reason = "why"; },
      [](auto& x) { std::swap(x.reason, x.upstream); }};
  for (const auto& change : changes) {
    auto other = row;
    change(other);
    const auto now = digest({other});
    BOOST_TEST((now.rows != before.rows));
    BOOST_TEST((now.keys == before.keys));
  }
}

BOOST_AUTO_TEST_CASE(keys_are_names_and_remotes_in_order) {
  auto a = branch("a", 0, 0);
  auto b = branch("b", 0, 0);
  const auto keys = digest({a, b}).keys;
  BOOST_TEST((digest({b, a}).keys != keys));
  BOOST_TEST((digest({a}).keys != keys));
  a.remote = "backup";
  BOOST_TEST((digest({a, b}).keys != keys));
  // What one name ends with does not pass for the beginning of what follows.
  a.name = "ab", a.remote = "c";
  b.name = "a", b.remote = "bc";
  BOOST_TEST((digest({a}).keys != digest({b}).keys));
}

BOOST_AUTO_TEST_CASE(seeds_make_other_digests) {
  const auto row = branch("a", 1, 2);
  db::row_digests other{2};
  BOOST_TEST((other.digest({&row}).rows != digests.digest({&row}).rows));
}

BOOST_AUTO_TEST_CASE(what_a_transaction_has_put_stays_only_if_it_is_committed) {
  digests.put(1, digest({branch("a", 0, 0)}));
  digests.keep();
  digests.put(1, digest({branch("a", 1, 0)}));
  digests.put(2, digest({}));
  digests.drop();
  BOOST_TEST(digests.find(1) == nullptr);
  BOOST_TEST(digests.find(2) == nullptr);
  digests.put(1, digest({branch("a", 2, 0)}));
  digests.keep();
  digests.drop();
  BOOST_REQUIRE(digests.find(1) != nullptr);
  BOOST_TEST((digests.find(1)->rows == digest({branch("a", 2, 0)}).rows));
}

BOOST_AUTO_TEST_CASE(so_many_rows_are_known_at_once) {
  document_digest large;
  large.rows.resize(db::row_digests::most_rows / 2);
  digests.put(1, large);
  digests.put(2, large);
  BOOST_TEST(digests.find(1) != nullptr);
  digests.put(3, large);
  BOOST_TEST(digests.find(1) == nullptr);
  BOOST_TEST(digests.find(3) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
