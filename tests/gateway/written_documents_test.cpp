#include <boost/test/unit_test.hpp>

#include <actors/gateway/entity_tag.hpp>
#include <actors/gateway/json.hpp>
#include <actors/gateway/written_documents.hpp>

BOOST_AUTO_TEST_SUITE(written_documents)

using namespace headway;
using namespace std::chrono_literals;
using documents = gateway::written_documents;

namespace {

sync_status_ptr status(std::string project, wall_time as_of, std::uint64_t behind) {
  auto result = std::make_shared<sync_status>();
  result->project = {std::move(project)};
  // A path that looks like the member whose value changes.
  result->path = R"(/src/"as_of":"1)";
  result->as_of = as_of;
  result->branches.push_back({.name = "main", .behind = behind, .state = branch_state::behind});
  return result;
}

void check(documents& all, const sync_status_ptr& asked) {
  const auto& written = all.of(asked);
  BOOST_TEST(written.body == sync_status_json(*asked));
  BOOST_TEST(written.tag == gateway::status_tag(sync_status_json(*asked)));
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_kept_is_what_would_be_written) {
  documents all;
  const wall_time noon{1'795'503'600'000ms};
  check(all, status("a", noon, 1));
  check(all, status("a", noon, 1));
  check(all, status("a", noon + 1ms, 1));
  check(all, status("b", noon, 7));
  check(all, status("a", noon + 2ms, 2));
  check(all, status("a", noon + 1ms, 1));
}

BOOST_AUTO_TEST_CASE(a_tag_stays_while_only_time_goes_by) {
  documents all;
  const auto before = all.of(status("a", wall_time{1s}, 1)).tag;
  BOOST_TEST(all.of(status("a", wall_time{2s}, 1)).tag == before);
  BOOST_TEST(all.of(status("a", wall_time{2s}, 2)).tag != before);
}

BOOST_AUTO_TEST_CASE(little_room_costs_time_only) {
  documents all{500};
  for (int i = 0; i < 50; ++i)
    check(all, status("p" + std::to_string(i % 7), wall_time{std::chrono::seconds{i}}, 1));
}

BOOST_AUTO_TEST_SUITE_END()
