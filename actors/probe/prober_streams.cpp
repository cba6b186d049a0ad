// The half of the prober that asks over git:// and ssh.
#include <algorithm>
#include <utility>

#include <actors/probe/prober.hpp>
#include <messages/url.hpp>
#include <storage/git/branch_patterns.hpp>
#include <storage/remote/address.hpp>

namespace headway {

namespace {

using std::chrono::milliseconds;
using stream_ending = remote::stream_result::ending;

// Hosts that do not answer hold up an opener for twenty seconds each.
constexpr std::size_t most_openers = 4;

// To which connection a question goes: another command may log in with another key.
std::string line_of(const std::string& command, const std::string& url) {
  const auto path = url.find('/', url.find("://") == std::string::npos ? 0 : url.find("://") + 3);
  const auto scp_path = url.find("://") == std::string::npos ? url.find(':') : path;
  return command + '\n' + url.substr(0, scp_path);
}

}  // namespace

void prober::gather_daemon(wish one, const git::remote_address& address,
                           std::vector<stream_question>& streams) {
  auto at = remote::parse_daemon_address(address.url);
  if (!at)
    return settle(one, left_to_git("its address is unusual"));
  const auto& job = *one.job->what;
  stream_question fresh;
  fresh.what = {std::move(*at), git::names_to_ask(one.target()), job.deadline, job.addresses};
  fresh.url = address.url;
  gather(std::move(one), std::move(fresh), streams);
}

void prober::gather_ssh(wish one, const git::remote_address& address,
                        std::vector<stream_question>& streams) {
  const auto& job = *one.job->what;
  auto path = remote::ssh_path_of(address.url);
  if (!path)
    return settle(one, left_to_git("its address is unusual"));
  if (address.ssh_command.empty())
    return settle(one, left_to_git("another program than OpenSSH is configured"));
  // Which address ssh will use, only ssh can tell.
  if (job.addresses == address_rule::public_only)
    return settle(one, left_to_git("its address has to be judged first"));
  stream_question fresh;
  fresh.what = {remote::ssh_address{{}, std::move(*path)}, git::names_to_ask(one.target()),
                job.deadline};
  fresh.url = address.url;
  fresh.ssh_command = address.ssh_command;
  gather(std::move(one), std::move(fresh), streams);
}

void prober::gather(wish one, stream_question fresh, std::vector<stream_question>& streams) {
  const auto same = std::ranges::find_if(streams, [&](const stream_question& other) {
    return other.url == fresh.url && other.ssh_command == fresh.ssh_command;
  });
  auto& serves = same == streams.end() ? streams.emplace_back(std::move(fresh)) : *same;
  for (auto& name : git::names_to_ask(one.target()))
    if (std::ranges::find(serves.what.refs, name) == serves.what.refs.end())
      serves.what.refs.push_back(std::move(name));
  serves.wishes.push_back(std::move(one));
}

void prober::put(stream_question one) {
  auto* ssh = std::get_if<remote::ssh_address>(&one.what.where);
  if (ssh == nullptr)
    return ask_stream(std::move(one));
  const auto name = line_of(one.ssh_command, one.url);
  auto& at = lines_[name];
  if (!at.socket.empty()) {
    ssh->socket = at.socket;
    return ask_stream(std::move(one));
  }
  ssh_line_request opening{one.ssh_command, one.url};
  at.waiting.push_back(std::move(one));
  // The first one opens it for all.
  if (at.waiting.size() > 1)
    return;
  to_open_.offer(opening, urgency::foreground);
  open_lines();
}

void prober::open_lines() {
  if (to_open_.waiting() > 0 && openers_.size() < most_openers) {
    openers_.push_back(staff_.make_opener());
    to_open_.add_idle(openers_.back());
  }
  while (auto next = to_open_.next()) {
    auto& [opener, opening] = *next;
    const auto name = line_of(opening.command, opening.url);
    request(opener, caf::infinite, opening)
        .then(
            [this, name, opener = opener](const ssh_line& opened) {
              to_open_.add_idle(opener);
              line_opened(name, opened.socket);
            },
            [this, name, opener = opener](const caf::error& error) {
              to_open_.add_idle(opener);
              line_failed(name, error);
            });
  }
}

void prober::line_opened(const std::string& name, const std::string& socket) {
  auto& at = lines_[name];
  at.socket = socket;
  for (auto& one : std::exchange(at.waiting, {}))
    put(std::move(one));
  open_lines();
}

void prober::line_failed(const std::string& name, const caf::error& error) {
  const auto code = code_of(error);
  const bool unreachable = code == ec::network || code == ec::deadline_exceeded;
  const auto node = lines_.extract(name);
  // After a cancel in between, a second opening may have failed before.
  if (!node)
    return open_lines();
  for (const auto& one : node.mapped().waiting)
    answer_all(one.wishes, {.left_to_git = code == ec::config || code == ec::io,
                            .code = code,
                            .error = detail_of(error),
                            .host = unreachable ? host_sign::ill : host_sign::none,
                            .credential = std::hash<std::string>{}(name) | 1});
  open_lines();
}

void prober::ask_stream(stream_question one) {
  const auto number = ++last_question_;
  auto what = one.what;
  auto& kept = streamed_.emplace(number, std::move(one)).first->second;
  if (!streams_)
    streams_ = std::make_unique<remote::stream_prober>();
  kept.running = streams_->submit(std::move(what), [self = listening_prober_actor{this},
                                                    number](remote::stream_result result) {
    caf::anon_send(self, stream_probe_ended{
                             number, std::make_shared<remote::stream_result>(std::move(result))});
  });
}

void prober::streamed(std::uint64_t number, remote::stream_result result) {
  auto node = streamed_.extract(number);
  if (!node || node.mapped().wishes.front().job->open == 0)
    return;
  auto& one = node.mapped();
  if (result.how == stream_ending::line_closed && !std::exchange(one.line_was_closed, true)) {
    lines_[line_of(one.ssh_command, one.url)].socket.clear();
    return put(std::move(one));
  }
  outcome what{.left_to_git = result.how == stream_ending::left_to_git ||
                              result.how == stream_ending::line_closed,
               .code = result.code,
               .error = std::move(result.error),
               .host = result.host,
               .took = std::chrono::ceil<milliseconds>(result.took)};
  if (result.how == stream_ending::answered)
    what.seen = std::make_shared<const advertised_refs>(std::move(result.refs));
  answer_all(one.wishes, what);
}

}  // namespace headway
