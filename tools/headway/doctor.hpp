/// `headway doctor`: what Headway needs of the machine, and what to do where it is not so.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tools/headway/console.hpp>
#include <tools/headway/options.hpp>

namespace headway::tools {

enum class verdict : std::uint8_t { ok, warn, fail };

struct finding {
  verdict result = verdict::ok;
  std::string subject;
  std::string fact;
  std::string remedy;  ///< Empty when nothing is to be done.

  friend bool operator==(const finding&, const finding&) = default;
};

/// What was found on the machine; judged without looking again.
struct machine_facts {
  std::string git_version;  ///< What `git --version` printed; empty: there is none.
  bool ssh = false;
  std::uint64_t open_files = 0;       ///< The hard limit: a node raises the soft one itself.
  std::string credential_helpers;     ///< As git is configured, with commas between; may be empty.
  std::uint64_t inotify_watches = 0;  ///< Most of one user; 0: cannot be told.
  std::uint64_t inotify_instances = 0;  ///< The same.
  std::string state_directory;          ///< Empty: none can be told.
  bool state_writable = false;
  std::uint64_t free_bytes = 0;
  std::chrono::system_clock::time_point now;
  std::chrono::system_clock::time_point program_written;  ///< When this program's file was.
  std::string config_file;                                ///< Empty: there is none.
  std::vector<std::string> config_problems;
  std::string node;
  std::optional<std::string> node_problem;
  bool node_answers = false;
};

std::vector<finding> judge(const machine_facts& facts);

/// "warn  ssh: …" and the remedy, a line each.
std::string report(const std::vector<finding>& findings, terminal::color_use colors);

/// Looks, judges, prints. 1 when anything fails.
int run_doctor(const std::string& node_url, console& out);

}  // namespace headway::tools
