#include <algorithm>
#include <fstream>
#include <system_error>

#include <benchmarks/graph_queries/contest_clone.hpp>

namespace headway::graph_queries {

namespace {

namespace fs = std::filesystem;

void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code refused;
  fs::create_hard_link(from, to, refused);
  if (refused)
    fs::copy_file(from, to);
}

bool is_graph_file(const fs::path& below_objects) {
  return below_objects.string().starts_with("info/commit-graph");
}

void link_objects(const fs::path& from, const fs::path& to, graph_files files) {
  for (const auto& entry : fs::recursive_directory_iterator{from}) {
    const auto below = entry.path().lexically_relative(from);
    if (files == graph_files::none && is_graph_file(below))
      continue;
    if (entry.is_directory())
      fs::create_directories(to / below);
    else
      link_or_copy(entry.path(), to / below);
  }
}

std::string branch_name(std::size_t number) {
  const auto digits = std::to_string(number);
  return "b" + std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits;
}

}  // namespace

contest_clone make_contest_clone(const subject& of, const fs::path& where,
                                 const std::vector<oid>& tips, graph_files files) {
  fs::remove_all(where);
  fs::create_directories(where / "refs");
  fs::create_directories(where / "objects");
  link_objects(of.objects(), where / "objects", files);
  std::ofstream{where / "HEAD"} << "ref: refs/heads/b0000\n";
  std::ofstream config{where / "config"};
  config << "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
            "[remote \"origin\"]\n\turl = https://example.org/contest.git\n"
            "\tfetch = +refs/heads/*:refs/remotes/origin/*\n";
  std::ofstream refs{where / "packed-refs"};
  refs << "# pack-refs with: peeled fully-peeled sorted \n";
  contest_clone made{.path = where};
  for (std::size_t i = 0; i < tips.size(); ++i) {
    const auto name = branch_name(i);
    refs << tips[i].hex() << " refs/heads/" << name << '\n';
    config << "[branch \"" << name << "\"]\n\tremote = origin\n\tmerge = refs/heads/main\n";
    made.branches[name] = {tips[i], of.main_tip()};
  }
  refs << of.main_tip().hex() << " refs/remotes/origin/main\n";
  return made;
}

}  // namespace headway::graph_queries
