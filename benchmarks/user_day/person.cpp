#include <chrono>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <benchmarks/user_day/person.hpp>

#include <tools/load/child.hpp>

namespace headway::user_day {

namespace fs = std::filesystem;

namespace {

constexpr int commits_a_day = 3;

std::vector<std::string> command(const fs::path& where, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{"git", "-C", where.string(), "-c", "user.name=Person", "-c",
                                "user.email=person@example.org",
                                // What git starts by itself and leaves running would meet the
                                // person's own next command.
                                "-c", "gc.autoDetach=false"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

}  // namespace

person::person(fs::path clone) : clone_{std::move(clone)} {
  load::output_of(command(clone_, {"reset", "--quiet", "--hard", "origin/main"}));
}

double person::live_a_day(diary& book) {
  double seconds = 0;
  const auto do_in = [&](const fs::path& where, const std::vector<std::string>& arguments) {
    seconds += git(book, arguments, where);
  };
  const auto here = [&](const std::vector<std::string>& arguments) { do_in(clone_, arguments); };
  const auto commit_in = [&](const fs::path& where) {
    edit(where);
    do_in(where, {"add", "--all"});
    do_in(where, {"commit", "--quiet", "--message", "work"});
  };

  here({"fetch", "--quiet"});
  here({"switch", "--quiet", "--no-track", "--create", "topic", "origin/main"});
  for (int i = 0; i < commits_a_day; ++i)
    commit_in(clone_);
  here({"status", "--short", "--branch"});
  here({"fetch", "--quiet"});
  here({"rebase", "--quiet", "origin/main"});

  edit(clone_);
  here({"stash", "push", "--quiet", "--include-untracked"});
  here({"stash", "pop", "--quiet"});
  here({"clean", "--quiet", "--force"});

  const auto second = fs::path{clone_.string() + "-second"};
  here({"worktree", "add", "--quiet", "-b", "side", second.string(), "main"});
  commit_in(second);
  here({"worktree", "remove", "--force", second.string()});
  here({"branch", "--quiet", "-D", "side"});

  here({"repack", "-a", "-d", "--quiet"});
  here({"fetch", "--quiet", "--prune"});
  here({"gc", "--quiet"});
  here({"pack-refs", "--all"});
  here({"switch", "--quiet", "main"});
  here({"rebase", "--quiet", "origin/main"});
  here({"branch", "--quiet", "-D", "topic"});
  here({"log", "--oneline", "--max-count=20"});
  return seconds;
}

double person::git(diary& book, const std::vector<std::string>& arguments, const fs::path& where) {
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  const auto done = load::run(command(where, arguments));
  const auto seconds = std::chrono::duration<double>(clock::now() - begin).count();
  const bool is_fetch = arguments.front() == "fetch";
  ++book.commands;
  book.fetches += is_fetch ? 1 : 0;
  if (done.status == 0)
    return seconds;
  if (is_fetch && done.errors.find("but expected") != std::string::npos)
    ++book.lost_races;
  else
    book.failures.push_back("git " + arguments.front() + " in " + where.filename().string() + ": " +
                            done.errors);
  return seconds;
}

void person::edit(const fs::path& tree) {
  const auto file = tree / ("work-" + std::to_string(edits_++) + ".txt");
  std::ofstream out{file};
  out << "edit " << edits_ << '\n';
  if (!out.flush())
    throw std::runtime_error(file.string() + " cannot be written");
}

}  // namespace headway::user_day
