#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <tests/support/sandbox.hpp>
#include <unistd.h>

namespace headway::test {

namespace {

void make_hermetic() {
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
                           "GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
                           "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
    ::unsetenv(name);
  ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
  ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
  ::setenv("GIT_TERMINAL_PROMPT", "0", 1);
  ::setenv("GIT_AUTHOR_NAME", "A U Thor", 1);
  ::setenv("GIT_AUTHOR_EMAIL", "author@example.org", 1);
  ::setenv("GIT_COMMITTER_NAME", "C O Mitter", 1);
  ::setenv("GIT_COMMITTER_EMAIL", "committer@example.org", 1);
  ::setenv("LC_ALL", "C.UTF-8", 1);
}

void check(bool good, const char* what) {
  if (!good)
    throw std::runtime_error(std::string{what} + ": " + std::strerror(errno));
}

using variables = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> environment_with(const variables& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto name = text.substr(0, text.find('='));
    if (std::ranges::find(added, name, &variables::value_type::first) == added.end())
      all.emplace_back(text);
  }
  for (const auto& [name, value] : added)
    all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts)
    pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// Not by fork, which copies the page tables of a test program that may hold a large history (or
/// the shadow memory of a sanitizer) for each of thousands of calls of git.
pid_t spawn(const std::vector<std::string>& argv, const std::filesystem::path& directory,
            const variables& added, const std::array<int, 3>& streams) {
  posix_spawn_file_actions_t actions;
  check(::posix_spawn_file_actions_init(&actions) == 0, "posix_spawn");
  for (int stream = 0; stream < 3; ++stream)
    ::posix_spawn_file_actions_adddup2(&actions, streams[static_cast<std::size_t>(stream)], stream);
  if (!directory.empty())
    ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  const auto environment = environment_with(added);
  pid_t pid = -1;
  errno = ::posix_spawnp(&pid, argv.front().c_str(), &actions, nullptr, pointers_to(argv).data(),
                         pointers_to(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  check(errno == 0, argv.front().c_str());
  return pid;
}

}  // namespace

run_result run_program(const std::vector<std::string>& argv, const std::filesystem::path& directory,
                       const std::vector<std::pair<std::string, std::string>>& environment,
                       const std::string& input) {
  int in[2];
  int out[2];
  int err[2];
  check(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(err, O_CLOEXEC) == 0,
        "pipe");
  const auto pid = spawn(argv, directory, environment, {in[0], out[1], err[1]});
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  run_result result;
  std::size_t written = 0;
  pollfd fds[3] = {{in[1], POLLOUT, 0}, {out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  const auto finish = [&](pollfd& fd) {
    ::close(fd.fd);
    fd.fd = -1;
  };
  if (input.empty())
    finish(fds[0]);
  while (fds[1].fd >= 0 || fds[2].fd >= 0) {
    if (::poll(fds, 3, -1) < 0 && errno != EINTR)
      throw std::runtime_error("poll");
    if (fds[0].fd >= 0 && fds[0].revents != 0) {
      const auto n = ::write(fds[0].fd, input.data() + written, input.size() - written);
      if (n > 0)
        written += static_cast<std::size_t>(n);
      if (n < 0 || written == input.size())
        finish(fds[0]);
    }
    for (int i : {1, 2}) {
      if (fds[i].fd < 0 || fds[i].revents == 0)
        continue;
      char buffer[65536];
      const auto n = ::read(fds[i].fd, buffer, sizeof buffer);
      if (n > 0)
        (i == 1 ? result.output : result.errors).append(buffer, static_cast<std::size_t>(n));
      else
        finish(fds[i]);
    }
  }
  if (fds[0].fd >= 0)
    finish(fds[0]);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

sandbox::sandbox() {
  make_hermetic();
  std::string pattern = (std::filesystem::temp_directory_path() / "headway-test-XXXXXX").string();
  check(::mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  root_ = std::filesystem::canonical(pattern);
  ::signal(SIGPIPE, SIG_IGN);
}

sandbox::~sandbox() {
  std::error_code ignored;
  for (auto it = std::filesystem::recursive_directory_iterator(
           root_, std::filesystem::directory_options::skip_permission_denied, ignored);
       it != std::filesystem::recursive_directory_iterator(); it.increment(ignored)) {
    if (ignored)
      break;
    if (it->is_directory(ignored) && !it->is_symlink(ignored))
      std::filesystem::permissions(it->path(), std::filesystem::perms::owner_all,
                                   std::filesystem::perm_options::add, ignored);
  }
  std::filesystem::remove_all(root_, ignored);
}

run_result sandbox::try_git(const std::filesystem::path& directory,
                            const std::vector<std::string>& args, const std::string& input) const {
  std::vector<std::string> argv{"git"};
  argv.insert(argv.end(), args.begin(), args.end());
  return run_program(argv, directory, {}, input);
}

std::string sandbox::git(const std::filesystem::path& directory,
                         const std::vector<std::string>& args, const std::string& input) const {
  auto result = try_git(directory, args, input);
  if (result.status != 0) {
    std::string words = "git";
    for (const auto& arg : args)
      words += " " + arg;
    throw std::runtime_error(words + " in " + directory.string() + " failed with " +
                             std::to_string(result.status) + ": " + result.errors);
  }
  while (!result.output.empty() && result.output.back() == '\n')
    result.output.pop_back();
  return result.output;
}

std::filesystem::path sandbox::init(const std::string& name,
                                    const std::vector<std::string>& args) const {
  const auto path = root_ / name;
  std::vector<std::string> command{"init", "-q", "-b", "main"};
  command.insert(command.end(), args.begin(), args.end());
  command.push_back(path.string());
  git(root_, command);
  return path;
}

std::string sandbox::commit(const std::filesystem::path& repository, const std::string& message,
                            long long date) {
  const auto when = std::to_string(date != 0 ? date : ++clock_) + " +0000";
  const auto result =
      run_program({"git", "commit", "-q", "--allow-empty", "-m", message}, repository,
                  {{"GIT_AUTHOR_DATE", when}, {"GIT_COMMITTER_DATE", when}});
  if (result.status != 0)
    throw std::runtime_error("git commit in " + repository.string() + ": " + result.errors);
  return git(repository, {"rev-parse", "HEAD"});
}

void sandbox::write(const std::filesystem::path& file, const std::string& content) const {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream stream{file, std::ios::binary | std::ios::trunc};
  stream << content;
  if (!stream.flush())
    throw std::runtime_error("cannot write " + file.string());
}

std::string sandbox::read(const std::filesystem::path& file) const {
  std::ifstream stream{file, std::ios::binary};
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

}  // namespace headway::test
