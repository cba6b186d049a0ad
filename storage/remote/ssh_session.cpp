#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <storage/remote/ssh_session.hpp>

namespace headway::remote {

namespace {

// PROTOCOL.mux of OpenSSH.
constexpr std::uint32_t version = 4;
constexpr std::uint32_t hello = 0x00000001;
constexpr std::uint32_t new_session = 0x10000002;
constexpr std::uint32_t session_opened = 0x80000006;
constexpr std::uint32_t no_escape_character = 0xffffffff;

void append_number(std::string& out, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0})
    out += static_cast<char>(value >> shift & 0xff);
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::uint32_t number_at(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4))
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void append_message(std::string& out, std::string_view body) {
  append_text(out, body);
}

std::string opening_of(std::string_view command, std::string_view environment) {
  std::string greeting;
  append_number(greeting, hello);
  append_number(greeting, version);
  std::string request;
  append_number(request, new_session);
  append_number(request, 1);  // Ours for this request.
  append_text(request, "");   // Reserved.
  for (int flag = 0; flag < 4; ++flag)
    append_number(request, 0);  // No terminal, X11, agent, subsystem.
  append_number(request, no_escape_character);
  append_text(request, "");  // Terminal.
  append_text(request, command);
  append_text(request, environment);
  std::string result;
  append_message(result, greeting);
  append_message(result, request);
  return result;
}

descriptor connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return {};
  std::ranges::copy(path, address.sun_path);
  descriptor result{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  // A keeper that has no place left for somebody who waits is as good as none.
  if (!result ||
      ::connect(result.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return {};
  return result;
}

bool send_all(int to, std::string_view bytes) {
  return ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

// The keeper reads one byte with each descriptor.
bool pass(int to, int given) {
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  auto* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(part), &given, sizeof given);
  return ::sendmsg(to, &message, MSG_NOSIGNAL) == 1;
}

struct pipe_ends {
  descriptor read;
  descriptor write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return {};
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

// Of our end only: the flag belongs to the end, which the keeper shares when it is passed.
void never_block(const descriptor& end) {
  ::fcntl(end.get(), F_SETFL, O_NONBLOCK);
}

}  // namespace

std::optional<ssh_session> open_ssh_session(const std::string& socket, std::string_view command,
                                            std::string_view environment) {
  ssh_session result;
  result.control = connect_to(socket);
  auto input = make_pipe();
  auto output = make_pipe();
  auto errors = make_pipe();
  if (!result.control || !input.read || !output.read || !errors.read)
    return std::nullopt;
  for (const auto* ours : {&input.write, &output.read, &errors.read})
    never_block(*ours);
  const int keeper = result.control.get();
  if (!send_all(keeper, opening_of(command, environment)) || !pass(keeper, input.read.get()) ||
      !pass(keeper, output.write.get()) || !pass(keeper, errors.write.get()))
    return std::nullopt;
  result.input = std::move(input.write);
  result.output = std::move(output.read);
  result.errors = std::move(errors.read);
  return result;
}

bool tells_of_opened_session(std::string_view control) {
  constexpr std::size_t header = 4;
  while (control.size() >= 2 * header) {
    const auto length = number_at(control);
    if (number_at(control.substr(header)) == session_opened)
      return true;
    control.remove_prefix(std::min<std::size_t>(control.size(), header + length));
  }
  return false;
}

}  // namespace headway::remote
