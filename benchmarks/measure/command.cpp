#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include <benchmarks/measure/command.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace headway::measure {

namespace {

void check(bool good, const char* what) {
  if (!good)
    throw std::runtime_error(std::string{what} + ": " + std::strerror(errno));
}

/// Both ends of a pipe, closed with this object.
struct pipe_ends {
  std::array<int, 2> ends{-1, -1};

  pipe_ends() { check(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe"); }
  ~pipe_ends() {
    close(0);
    close(1);
  }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;

  void close(std::size_t end) {
    if (ends[end] >= 0)
      ::close(ends[end]);
    ends[end] = -1;
  }
};

[[noreturn]] void become_launcher(const command& what, int figures, int output, int errors) {
  const auto* input = what.input.empty() ? "/dev/null" : what.input.c_str();
  ::dup2(::open(input, O_RDONLY | O_CLOEXEC), 0);
  ::dup2(output, 1);
  ::dup2(errors, 2);
  ::fcntl(figures, F_SETFD, 0);
  for (const auto& [name, value] : what.environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  if (!what.directory.empty() && ::chdir(what.directory.c_str()) != 0)
    ::_exit(126);
  const auto descriptor = std::to_string(figures);
  std::vector<char*> argv{const_cast<char*>(HEADWAY_LAUNCHER),
                          const_cast<char*>(descriptor.c_str())};
  for (const auto& argument : what.argv)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(HEADWAY_LAUNCHER, argv.data());
  ::_exit(126);
}

/// Reads all three to their ends at once, so that no writer waits for ever.
void drain(std::array<pipe_ends*, 3> pipes, std::array<std::string*, 3> texts) {
  std::array<pollfd, 3> waits{};
  for (std::size_t i = 0; i < 3; ++i)
    waits[i] = {pipes[i]->ends[0], POLLIN, 0};
  std::array<char, 65536> buffer;
  for (int open = 3; open > 0;) {
    check(::poll(waits.data(), waits.size(), -1) >= 0 || errno == EINTR, "poll");
    for (std::size_t i = 0; i < 3; ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0)
        continue;
      const auto got = ::read(waits[i].fd, buffer.data(), buffer.size());
      if (got > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
      } else if (got == 0 || errno != EINTR) {
        waits[i].fd = -1;
        --open;
      }
    }
  }
}

}  // namespace

command_cost run(const command& what) {
  pipe_ends figures;
  pipe_ends output;
  pipe_ends errors;
  const auto launcher = ::fork();
  check(launcher >= 0, "fork");
  if (launcher == 0)
    become_launcher(what, figures.ends[1], output.ends[1], errors.ends[1]);
  figures.close(1);
  output.close(1);
  errors.close(1);
  command_cost cost;
  std::string told;
  drain({&figures, &output, &errors}, {&told, &cost.output, &cost.errors});
  while (::waitpid(launcher, nullptr, 0) < 0 && errno == EINTR) {
  }
  long long wall = 0;
  long long cpu = 0;
  std::uint64_t peak = 0;
  std::istringstream words{told};
  if (!(words >> cost.status >> wall >> cpu >> peak))
    throw std::runtime_error("the launcher " HEADWAY_LAUNCHER " did not run in " +
                             what.directory.string());
  cost.wall = std::chrono::nanoseconds{wall};
  cost.cpu = std::chrono::microseconds{cpu};
  cost.peak_resident_bytes = peak * 1024;
  return cost;
}

std::string output_of(const command& what) {
  auto cost = run(what);
  if (cost.status != 0) {
    std::string words;
    for (const auto& argument : what.argv)
      words += argument + " ";
    throw std::runtime_error(words + "failed with " + std::to_string(cost.status) + " in " +
                             what.directory.string() + ": " + cost.errors);
  }
  if (cost.output.ends_with('\n'))
    cost.output.pop_back();
  return std::move(cost.output);
}

}  // namespace headway::measure
