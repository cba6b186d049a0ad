#include <sstream>

#include <boost/test/unit_test.hpp>

#include <tools/headway/live_view.hpp>
#include <tools/terminal/text.hpp>

namespace headway::test {

using terminal::key;

namespace {

project_info line(std::string id, std::uint64_t behind,
                  project_state state = project_state::fresh) {
  project_summary summary;
  summary.head = "main";
  summary.ahead = 0;
  summary.behind = behind;
  summary.head_state = behind > 0 ? branch_state::behind : branch_state::in_sync;
  summary.branches[static_cast<std::size_t>(*summary.head_state)] = 1;
  return {{std::move(id)}, "/src/x", state, "", summary};
}

struct screen {
  std::vector<std::string> lines;

  explicit screen(const std::string& text) {
    std::istringstream input{text};
    for (std::string each; std::getline(input, each);)
      lines.push_back(each);
  }

  /// The number of the line that holds `word`; 0: none.
  std::size_t where(std::string_view word) const {
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (lines[i].find(word) != std::string::npos)
        return i;
    return 0;
  }
};

screen look_at(tools::live_view& view, std::size_t columns = 80, std::size_t rows = 24) {
  return screen{view.picture({.columns = columns,
                              .rows = rows,
                              .now = std::chrono::system_clock::now(),
                              .address = "http://127.0.0.1:8420"})};
}

tools::live_view three() {
  tools::live_view view;
  view.replace({line("calm", 0), line("late", 3), line("sick", 0, project_state::error)});
  return view;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(live_view)

BOOST_AUTO_TEST_CASE(what_wants_somebody_comes_first) {
  auto view = three();
  const auto seen = look_at(view);
  BOOST_TEST(seen.where("sick") < seen.where("late"));
  BOOST_TEST(seen.where("late") < seen.where("calm"));
  BOOST_TEST(seen.lines[0].find("3 projects, 2 need attention") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_picture_fills_the_screen_and_no_more) {
  auto view = three();
  for (int i = 0; i < 100; ++i)
    view.take(line("a-project-with-quite-a-long-name-" + std::to_string(i), 1));
  for (const std::size_t columns : {40, 80, 200})
    for (const std::size_t rows : {6, 24, 60}) {
      const auto seen = look_at(view, columns, rows);
      BOOST_TEST(seen.lines.size() == rows);
      for (const auto& each : seen.lines)
        BOOST_TEST(terminal::width(each) <= columns, each);
    }
}

BOOST_AUTO_TEST_CASE(events_change_lines) {
  auto view = three();
  view.take(line("late", 0));
  view.remove({"sick"});
  view.take_stage({"calm"}, fetch_stage::running);
  auto seen = look_at(view);
  BOOST_TEST(seen.where("sick") == 0u);
  BOOST_TEST(seen.lines[seen.where("calm")].find("fetching") != std::string::npos);
  BOOST_TEST(seen.lines[0].find("2 projects, 0 need attention, 1 fetching") != std::string::npos);
  view.take_stage({"calm"}, fetch_stage::done);
  seen = look_at(view);
  BOOST_TEST(seen.lines[seen.where("calm")].find("fresh") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_fetch_that_ended_while_nothing_was_heard_goes_with_the_next_list) {
  auto view = three();
  view.take_stage({"calm"}, fetch_stage::running);
  view.take_stage({"late"}, fetch_stage::running);
  view.replace({line("calm", 0), line("late", 3, project_state::refreshing)});
  const auto seen = look_at(view);
  BOOST_TEST(seen.lines[seen.where("calm")].find("fetching") == std::string::npos);
  BOOST_TEST(seen.lines[seen.where("late")].find("fetching") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(how_a_branch_stands_and_how_fresh_that_is_are_two_things) {
  tools::live_view view;
  view.replace({line("late", 3, project_state::stale), line("paused", 0, project_state::suspended),
                line("gone", 0, project_state::missing)});
  const auto seen = look_at(view, 120);
  const auto& late = seen.lines[seen.where("late")];
  BOOST_TEST(late.find("behind") < late.find("stale"));
  BOOST_TEST(late.find("stale") != std::string::npos);
  const auto& paused = seen.lines[seen.where("paused")];
  BOOST_TEST(paused.find("in_sync") < paused.find("suspended"));
  BOOST_TEST(paused.find("suspended") != std::string::npos);
  BOOST_TEST(seen.lines[seen.where("gone")].find("missing") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(arrows_select_and_the_selection_stays_on_the_screen) {
  auto view = three();
  BOOST_TEST(view.selected() == "");
  view.press({key::down});
  BOOST_TEST(view.selected() == "sick");
  view.press({key::down});
  view.press({key::other, 'j'});
  view.press({key::down});
  BOOST_TEST(view.selected() == "calm");
  view.press({key::other, 'k'});
  BOOST_TEST(view.selected() == "late");
  view.press({key::home});
  BOOST_TEST(view.selected() == "sick");
  for (int i = 0; i < 100; ++i)
    view.take(line("p" + std::to_string(i), 1));
  view.press({key::end});
  const auto seen = look_at(view, 80, 10);
  BOOST_TEST(seen.where("> " + view.selected()) > 0u);
}

BOOST_AUTO_TEST_CASE(letters_do_what_the_last_line_says) {
  auto view = three();
  BOOST_TEST((view.press({key::other, 'f'}) == tools::live_view::wish::nothing));
  view.press({key::down});
  BOOST_TEST((view.press({key::other, 'f'}) == tools::live_view::wish::fetch));
  view.press({key::other, 'a'});
  BOOST_TEST(look_at(view).where("calm") == 0u);
  view.press({key::other, 'a'});
  view.press({key::other, 's'});
  const auto by_name = look_at(view);
  BOOST_TEST(by_name.where("calm") < by_name.where("late"));
  BOOST_TEST(by_name.lines.back().find("sort: name") != std::string::npos);
  BOOST_TEST((view.press({key::other, 'q'}) == tools::live_view::wish::quit));
  BOOST_TEST((view.press({key::escape}) == tools::live_view::wish::quit));
}

BOOST_AUTO_TEST_CASE(only_what_lies_below_the_named_folders_is_shown) {
  tools::live_view view{{"/src"}};
  view.take(line("inside", 0));
  auto outside = line("outside", 0);
  outside.path = "/elsewhere";
  view.take(outside);
  const auto seen = look_at(view);
  BOOST_TEST(seen.where("inside") > 0u);
  BOOST_TEST(seen.where("outside") == 0u);
}

BOOST_AUTO_TEST_CASE(names_cannot_paint_the_screen) {
  tools::live_view view;
  view.take(line("evil\x1b[2J", 1));
  BOOST_TEST(view.picture({}).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test
