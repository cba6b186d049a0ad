#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <streambuf>
#include <utility>

#include <benchmarks/history/program_input.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace headway::history {

namespace {

/// Writes to a descriptor. An error makes the stream bad; the program's status tells why.
class descriptor_buffer : public std::streambuf {
 public:
  explicit descriptor_buffer(int descriptor) : descriptor_{descriptor} {
    setp(bytes_.data(), bytes_.data() + bytes_.size());
  }

 protected:
  int_type overflow(int_type next) override {
    if (sync() != 0)
      return traits_type::eof();
    if (next != traits_type::eof())
      sputc(traits_type::to_char_type(next));
    return traits_type::not_eof(next);
  }

  int sync() override {
    for (const auto* from = pbase(); from < pptr();) {
      const auto written = ::write(descriptor_, from, static_cast<std::size_t>(pptr() - from));
      if (written < 0 && errno != EINTR)
        return -1;
      from += written > 0 ? written : 0;
    }
    setp(bytes_.data(), bytes_.data() + bytes_.size());
    return 0;
  }

 private:
  int descriptor_;
  std::array<char, 1 << 16> bytes_;
};

}  // namespace

struct program_input::impl {
  explicit impl(int end) : input{end}, buffer{end}, stream{&buffer} {}

  int wait() {
    stream.flush();
    ::close(std::exchange(input, -1));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  int input;
  descriptor_buffer buffer;
  std::ostream stream;
  pid_t child = 0;
  std::string name{};
};

program_input::program_input(const std::vector<std::string>& argv) {
  // A program that ends early is told by its status, not by a signal.
  ::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::runtime_error(std::string{"pipe: "} + std::strerror(errno));
  impl_ = std::make_unique<impl>(ends[1]);
  impl_->name = argv.front();
  std::vector<char*> arguments;
  for (const auto& argument : argv)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
  const auto error =
      ::posix_spawnp(&impl_->child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[0]);
  if (error != 0) {
    ::close(ends[1]);
    impl_.reset();
    throw std::runtime_error(argv.front() + ": " + std::strerror(error));
  }
}

program_input::~program_input() {
  if (impl_ && impl_->input >= 0)
    impl_->wait();
}

std::ostream& program_input::stream() noexcept {
  return impl_->stream;
}

void program_input::finish() {
  if (const auto status = impl_->wait(); status != 0)
    throw std::runtime_error(impl_->name + " ended with status " + std::to_string(status));
}

}  // namespace headway::history
