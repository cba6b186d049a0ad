/// What the tests of the store share: documents, stores in a temporary folder, and child processes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <tests/support/sandbox.hpp>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/db/store.hpp>

namespace headway::db::test {

inline wall_time at(std::int64_t milliseconds) {
  return wall_time{std::chrono::milliseconds{milliseconds}};
}

inline oid id_of(std::uint8_t first) {
  oid id;
  id.bytes.fill(0xab);
  id.bytes[0] = first;
  return id;
}

/// A branch that is so many commits ahead and behind.
inline branch_status branch(std::string name, std::uint64_t ahead, std::uint64_t behind) {
  branch_status x{.name = name,
                  .upstream = "origin/" + name,
                  .remote = "origin",
                  .local_oid = id_of(1),
                  .remote_oid = id_of(2),
                  .ahead = ahead,
                  .behind = behind};
  if (ahead == 0)
    x.state = behind == 0 ? branch_state::in_sync : branch_state::behind;
  else
    x.state = behind == 0 ? branch_state::ahead : branch_state::diverged;
  return x;
}

inline put_status status_of(std::string slug, std::vector<branch_status> branches,
                            std::int64_t as_of = 1'700'000'000'123) {
  auto status = std::make_shared<sync_status>();
  status->project.slug = slug;
  status->path = "/srv/" + slug;
  status->state = project_state::fresh;
  status->as_of = at(as_of);
  status->branches = std::move(branches);
  return {std::move(status)};
}

inline put_project project(std::string slug) {
  return {{slug}, "/srv/" + slug};
}

inline put_fetch fetch(std::uint64_t id, std::string slug,
                       std::int64_t finished = 1'700'000'000'000) {
  auto report = std::make_shared<fetch_report>();
  report->id.value = id;
  report->project.slug = std::move(slug);
  report->stage = fetch_stage::done;
  report->requested = at(finished - 1000);
  report->finished = at(finished);
  report->remotes.push_back({.remote = "origin",
                             .outcome = fetch_outcome::unchanged,
                             .started = at(finished - 900),
                             .finished = at(finished)});
  return {std::move(report)};
}

/// The value, or a failed test that says why there is none.
template <class Value>
Value must(caf::expected<Value> value) {
  if (!value)
    BOOST_FAIL(describe(value.error()));
  return std::move(*value);
}

inline void must(const caf::error& error) {
  if (error)
    BOOST_FAIL(describe(error));
}

/// "disk_full: …", or "" for success.
inline std::string words(const caf::error& error) {
  return error ? describe(error) : std::string{};
}

template <class Value>
std::string words(const caf::expected<Value>& value) {
  return value ? std::string{} : describe(value.error());
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct store_fixture {
  std::unique_ptr<store> open() const { return must(store::open({.directory = directory})); }

  headway::test::sandbox box;
  std::string directory = (box / "data").string();
  std::string file = directory + "/headway.db";
};

/// Runs `work` in a child process and answers what it returns.
inline std::string in_child(const std::function<std::string()>& work) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    const auto answer = work();
    const bool told =
        ::write(ends[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size());
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  std::string answer;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0, "the child process died");
  return answer;
}

}  // namespace headway::db::test
