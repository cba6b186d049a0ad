#include <tests/storage/db/fixture.hpp>

#include <storage/db/batch.hpp>

BOOST_AUTO_TEST_SUITE(batch)

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

BOOST_AUTO_TEST_CASE(the_last_write_of_a_key_stays_at_its_place) {
  const std::vector<db::write> writes{status_of("a", {}),
                                      put_remote{{"a"}, {.remote = "origin"}},
                                      put_remote{{"a"}, {.remote = "backup"}},
                                      status_of("b", {}),
                                      status_of("a", {}),
                                      put_remote{{"b"}, {.remote = "origin"}},
                                      put_remote{{"a"}, {.remote = "origin"}}};
  const auto result = plan(writes);
  const std::vector<const db::write*> expected{&writes[2], &writes[3], &writes[4], &writes[5],
                                               &writes[6]};
  BOOST_TEST((result.writes == expected));
  BOOST_TEST(result.coalesced == 2u);
  BOOST_TEST((result.needs == durability::derived));
}

BOOST_AUTO_TEST_CASE(registry_changes_are_never_dropped_and_make_the_batch_durable) {
  const std::vector<db::write> writes{project("a"), delete_project{{"a"}}, project("a"),
                                      delete_project{{"a"}}};
  const auto result = plan(writes);
  BOOST_TEST(result.writes.size() == 4u);
  BOOST_TEST(result.coalesced == 0u);
  BOOST_TEST((result.needs == durability::registry));
}

BOOST_AUTO_TEST_CASE(fetches_coalesce_by_their_id) {
  const std::vector<db::write> writes{fetch(1, "a"), fetch(2, "a"), fetch(1, "a")};
  BOOST_TEST(plan(writes).writes.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_write_without_its_document_is_refused) {
  BOOST_TEST(!check_complete({status_of("a", {}), fetch(1, "a")}));
  BOOST_TEST((code_of(check_complete({put_status{}})) == ec::invalid_argument));
  BOOST_TEST((code_of(check_complete({project("a"), put_fetch{}})) == ec::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
