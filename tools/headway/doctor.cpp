#include <cstdio>

#include <config/units.hpp>
#include <tools/headway/doctor.hpp>
#include <tools/terminal/text.hpp>

namespace headway::tools {

namespace {

constexpr std::uint64_t few_files = 256;
constexpr std::uint64_t enough_files = 1024;
// A repository with some hundred branches takes some dozen watches: one a folder of refs.
constexpr std::uint64_t enough_watches = 65'536;
constexpr std::uint64_t enough_instances = 16;
constexpr std::uint64_t little_space = 100ull << 20;
constexpr std::uint64_t enough_space = 1ull << 30;

struct git_release {
  int major = 0;
  int minor = 0;
  auto operator<=>(const git_release&) const = default;
};

// The first that takes "--filter", protocol v2 by default and atomic reference transactions all
// three.
constexpr git_release oldest_git{2, 29};

finding judge_git(const machine_facts& facts) {
  const std::string remedy = "install git 2.29 or newer (apt-get install git)";
  if (facts.git_version.empty())
    return {verdict::fail, "git", "is not in $PATH", remedy};
  git_release release;
  if (std::sscanf(facts.git_version.c_str(), "git version %d.%d", &release.major, &release.minor) !=
      2)
    return {verdict::warn, "git", "calls itself '" + facts.git_version + "'", remedy};
  if (release < oldest_git)
    return {verdict::fail, "git", facts.git_version + " is too old", remedy};
  return {verdict::ok, "git", facts.git_version, {}};
}

finding judge_ssh(const machine_facts& facts) {
  if (facts.ssh)
    return {verdict::ok, "ssh", "is in $PATH", {}};
  return {verdict::warn, "ssh", "is not in $PATH: remotes by ssh cannot be fetched",
          "install it (apt-get install openssh-client)"};
}

finding judge_files(const machine_facts& facts) {
  const auto fact = std::to_string(facts.open_files) + " per process";
  const std::string remedy = "raise the limit: ulimit -Hn 65536, or LimitNOFILE= in the unit";
  if (facts.open_files < few_files)
    return {verdict::fail, "open files", fact, remedy};
  if (facts.open_files < enough_files)
    return {verdict::warn, "open files", fact + ": few repositories stay open", remedy};
  return {verdict::ok, "open files", fact, {}};
}

finding judge_credentials(const machine_facts& facts) {
  static constexpr const char* better =
      "git config --global credential.helper libsecret (the keyring of the desktop), or \"cache "
      "--timeout=86400\" (in memory, for a day), and log in once with git fetch";
  // git-credential-store(1): a file that whoever copies the home directory reads.
  if (facts.credential_helpers.find("store") != std::string::npos)
    return {verdict::warn, "credentials",
            "git asks " + facts.credential_helpers + "; store keeps passwords unencrypted", better};
  if (!facts.credential_helpers.empty())
    return {verdict::ok, "credentials", "git asks " + facts.credential_helpers, {}};
  return {verdict::warn, "credentials",
          "git has no helper: remotes by https that want a login cannot be fetched", better};
}

finding judge_inotify(const machine_facts& facts) {
  if (facts.inotify_watches == 0)
    return {verdict::warn, "inotify", "its limits cannot be read",
            "mount /proc; without watches, repositories are looked at again and again"};
  const auto fact = std::to_string(facts.inotify_watches) + " watches, " +
                    std::to_string(facts.inotify_instances) + " instances per user";
  if (facts.inotify_watches < enough_watches || facts.inotify_instances < enough_instances)
    return {verdict::warn, "inotify", fact + ": few repositories can be watched",
            "sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512"};
  return {verdict::ok, "inotify", fact, {}};
}

finding judge_space(const machine_facts& facts) {
  if (facts.state_directory.empty())
    return {verdict::fail, "data directory", "cannot be told", "set HOME or XDG_STATE_HOME"};
  if (!facts.state_writable)
    return {verdict::fail, "data directory", facts.state_directory + " cannot be written",
            "give yourself the right to, or set database.directory"};
  const auto fact = facts.state_directory + " has " +
                    format_size(facts.free_bytes / (1u << 20) * (1u << 20)) + " free";
  const std::string remedy = "free space, or set database.directory to a larger disk";
  if (facts.free_bytes < little_space)
    return {verdict::fail, "data directory", fact, remedy};
  if (facts.free_bytes < enough_space)
    return {verdict::warn, "data directory", fact, remedy};
  return {verdict::ok, "data directory", fact, {}};
}

finding judge_clock(const machine_facts& facts) {
  // Files are written after their programs were, whatever the year.
  if (facts.now + std::chrono::days{1} < facts.program_written)
    return {verdict::fail, "clock", "is behind the time at which this program was installed",
            "set the clock (timedatectl set-ntp true)"};
  return {verdict::ok, "clock", "is plausible", {}};
}

finding judge_config(const machine_facts& facts) {
  if (facts.config_file.empty())
    return {verdict::ok, "configuration", "no file; the defaults apply", {}};
  if (facts.config_problems.empty())
    return {verdict::ok, "configuration", facts.config_file + " is valid", {}};
  std::string all;
  for (const auto& problem : facts.config_problems)
    all += (all.empty() ? "" : "; ") + problem;
  return {verdict::fail, "configuration", all,
          "correct it; headwayd --check-config checks it again"};
}

finding judge_node(const machine_facts& facts) {
  if (!facts.node_problem)
    return {verdict::ok, "node", facts.node + " is ready", {}};
  if (!facts.node_answers)
    return {verdict::warn, "node", *facts.node_problem,
            "headway status works without; all other commands need one"};
  return {verdict::fail, "node", facts.node + ": " + *facts.node_problem,
          "see the log of headwayd"};
}

std::string_view word_of(verdict result) noexcept {
  switch (result) {
    case verdict::ok:
      return "ok  ";
    case verdict::warn:
      return "warn";
    case verdict::fail:
      return "fail";
  }
  return "fail";
}

terminal::tone look_of(verdict result) noexcept {
  switch (result) {
    case verdict::ok:
      return terminal::tone::good;
    case verdict::warn:
      return terminal::tone::notice;
    case verdict::fail:
      return terminal::tone::bad;
  }
  return terminal::tone::bad;
}

}  // namespace

std::vector<finding> judge(const machine_facts& facts) {
  return {judge_git(facts),   judge_ssh(facts),     judge_credentials(facts),
          judge_files(facts), judge_inotify(facts), judge_space(facts),
          judge_clock(facts), judge_config(facts),  judge_node(facts)};
}

std::string report(const std::vector<finding>& findings, terminal::color_use colors) {
  std::string text;
  for (const auto& one : findings) {
    text += terminal::painted(word_of(one.result), look_of(one.result), colors) + "  " +
            one.subject + ": " + terminal::printable(one.fact) + "\n";
    if (!one.remedy.empty())
      text += "      " + one.remedy + "\n";
  }
  return text;
}

}  // namespace headway::tools
