#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <config/load.hpp>
#include <messages/error.hpp>
#include <tools/headway/doctor.hpp>
#include <tools/process/directories.hpp>

namespace headway::tools {

namespace {

namespace fs = std::filesystem;

struct close_pipe {
  void operator()(std::FILE* pipe) const { ::pclose(pipe); }
};

std::vector<std::string> lines_of(const char* command) {
  const std::unique_ptr<std::FILE, close_pipe> pipe{::popen(command, "re")};
  std::array<char, 256> line{};
  std::vector<std::string> lines;
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    lines.emplace_back(line.data());
    while (lines.back().ends_with('\n'))
      lines.back().pop_back();
  }
  return lines;
}

std::string first_line_of(const char* command) {
  const auto lines = lines_of(command);
  return lines.empty() ? std::string{} : lines.front();
}

bool is_in_path(const std::string& program) {
  std::string rest = process_environment()("PATH").value_or("");
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    if (::access((rest.substr(0, colon) + "/" + program).c_str(), X_OK) == 0)
      return true;
    rest = colon == std::string::npos ? std::string{} : rest.substr(colon + 1);
  }
  return false;
}

std::uint64_t open_file_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

/// The number that a file of /proc holds; 0 when there is none.
std::uint64_t number_in(const char* file) {
  std::uint64_t value = 0;
  std::ifstream{file} >> value;
  return value;
}

std::string credential_helpers() {
  std::string all;
  for (const auto& helper : lines_of("git config --get-all credential.helper 2>/dev/null"))
    if (!helper.empty())
      all.append(all.empty() ? "" : ", ").append(helper);
  return all;
}

void look_at_state_directory(machine_facts& facts) {
  const auto directory = state_directory(process_environment());
  if (!directory)
    return;
  facts.state_directory = directory->string();
  // It is made by the first node: until then its file system is that of the nearest folder that
  // exists.
  auto existing = *directory;
  std::error_code ignored;
  while (!fs::exists(existing, ignored) && existing != existing.root_path())
    existing = existing.parent_path();
  facts.state_writable = ::access(existing.c_str(), W_OK | X_OK) == 0;
  struct statvfs space {};
  if (::statvfs(existing.c_str(), &space) == 0)
    facts.free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
}

void look_at_configuration(machine_facts& facts) {
  const auto file = usual_config_file(process_environment());
  std::error_code error;
  if (!file || fs::status(*file, error).type() == fs::file_type::not_found)
    return;
  facts.config_file = file->string();
  for (const auto& problem : load_file(*file).diagnostics)
    facts.config_problems.push_back(to_string(problem));
}

void look_at_clock(machine_facts& facts) {
  facts.now = std::chrono::system_clock::now();
  struct stat program {};
  if (::stat("/proc/self/exe", &program) == 0)
    facts.program_written = std::chrono::system_clock::from_time_t(program.st_mtime);
}

void look_at_node(machine_facts& facts, const std::string& url, console& out) {
  facts.node = url;
  auto asked = out.connect(url);
  const auto error = asked ? asked->readiness() : asked.error();
  if (!error)
    return;
  facts.node_problem = detail_of(error);
  const auto code = code_of(error);
  facts.node_answers = code != ec::network && code != ec::deadline_exceeded;
}

}  // namespace

int run_doctor(const std::string& node_url, console& out) {
  machine_facts facts;
  facts.git_version = first_line_of("git --version 2>/dev/null");
  facts.ssh = is_in_path("ssh");
  facts.open_files = open_file_limit();
  facts.credential_helpers = credential_helpers();
  facts.inotify_watches = number_in("/proc/sys/fs/inotify/max_user_watches");
  facts.inotify_instances = number_in("/proc/sys/fs/inotify/max_user_instances");
  look_at_state_directory(facts);
  look_at_configuration(facts);
  look_at_clock(facts);
  look_at_node(facts, node_url, out);
  const auto findings = judge(facts);
  const int written = out.print(report(findings, out.colors()));
  const bool fails =
      std::ranges::any_of(findings, [](const finding& one) { return one.result == verdict::fail; });
  return written != exit_in_sync ? written : fails ? exit_attention : exit_in_sync;
}

}  // namespace headway::tools
