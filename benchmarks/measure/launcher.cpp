/// launcher FIGURES PROGRAM [ARGUMENT…]: runs the program and writes what it cost to the file
/// descriptor FIGURES: status, nanoseconds of wall time, microseconds of processor time, peak KiB.
/// `command.hpp` says why there is one.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

long long nanoseconds_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

long long microseconds(const timeval& time) {
  return time.tv_sec * 1'000'000LL + time.tv_usec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  const auto figures = std::atoi(argv[1]);
  ::fcntl(figures, F_SETFD, FD_CLOEXEC);
  rusage cost{};
  int status = 127 << 8;
  pid_t child = 0;
  const auto begin = nanoseconds_now();
  if (const auto error = ::posix_spawnp(&child, argv[2], nullptr, nullptr, argv + 2, environ);
      error == 0) {
    while (::wait4(child, &status, 0, &cost) < 0 && errno == EINTR) {
    }
  }
  const auto wall = nanoseconds_now() - begin;
  ::dprintf(figures, "%d %lld %lld %ld\n",
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), wall,
            microseconds(cost.ru_utime) + microseconds(cost.ru_stime), cost.ru_maxrss);
  return 0;
}
