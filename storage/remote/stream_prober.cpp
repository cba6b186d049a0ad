#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <map>
#include <thread>
#include <unordered_map>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>

#include <messages/url.hpp>
#include <storage/remote/address_guard.hpp>
#include <storage/remote/curl_handles.hpp>
#include <storage/remote/curl_request.hpp>
#include <storage/remote/ls_refs.hpp>
#include <storage/remote/pkt_line.hpp>
#include <storage/remote/prober_thread.hpp>
#include <storage/remote/ssh_session.hpp>
#include <storage/remote/stream_prober.hpp>

namespace headway::remote {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;
using ending = stream_result::ending;

constexpr milliseconds connect_patience{20'000};
constexpr std::size_t most_words = 64ull << 10;

/// One probe: first it gets a stream, then it talks.
struct conversation {
  stream_prober::probe_id id = 0;
  stream_probe question;
  stream_prober::callback done;
  clock::time_point begin{};
  clock::time_point end{};
  easy_ptr connecting;  ///< To a daemon.
  std::array<char, CURL_ERROR_SIZE> words{};
  descriptor control;  ///< The rest: of a stream that is there.
  descriptor input;    ///< The same as `output` with a daemon: then this one is empty.
  descriptor output;
  descriptor errors;
  std::string request;
  std::size_t sent = 0;
  std::string answer;
  bool complains = false;  ///< The answer has ended; `output` is what was `errors`.
  std::string complaint;
  bool refused = false;      ///< An address.
  bool has_session = false;  ///< Counted at its socket.
  stream_result result;

  int writes_to() const noexcept { return input ? input.get() : output.get(); }
  bool has_more_to_send() const noexcept { return sent < request.size(); }
};

// As git does for the shell at the other end.
std::string quoted(std::string_view path) {
  std::string result{"'"};
  for (const char c : path)
    if (c == '\'' || c == '!')
      result.append("'\\").append(1, c).append("'");
    else
      result += c;
  return result + "'";
}

std::string with_port(const std::string& authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  return has_port ? authority : authority + ":9418";
}

std::string daemon_greeting(const daemon_address& where) {
  using namespace std::string_literals;
  std::string result;
  append_pkt(result,
             "git-upload-pack " + where.path + "\0host="s + where.authority + "\0\0version=2\0"s);
  return result;
}

// Whether an answer of version 2 has come in as a whole, or can never be understood.
bool is_settled(std::string_view answer) {
  pkt_reader packets{answer};
  while (const auto packet = packets.next())
    if (packet->what == pkt::kind::flush)
      return true;
  return !packets.problem().empty() && packets.problem() != "is cut short";
}

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return redact(text);
}

std::string read_all(int from, std::size_t most) {
  std::string result;
  std::array<char, 4096> buffer;
  while (result.size() < most) {
    const auto n = ::read(from, buffer.data(), buffer.size());
    if (n <= 0)
      break;
    result.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return result;
}

}  // namespace

class stream_prober::loop {
 public:
  explicit loop(const stream_limits& limits) : limits_{limits}, thread_{[this] { run(); }} {}
  ~loop();

  probe_id submit(stream_probe question, callback done);
  void cancel(probe_id which);

 private:
  using conversation_ptr = std::unique_ptr<conversation>;

  void run();
  bool take_orders();
  void begin(conversation_ptr fresh);
  void connect(conversation& x, const daemon_address& where);
  void take_connections();
  void connected(conversation& x, CURLcode code);
  void open_sessions(std::string socket);
  void open_session(conversation& x, const ssh_address& where);
  void wait();
  void talk(probe_id id, short events_in, short events_out);
  bool write_more(conversation& x);
  static bool read_more(const descriptor& from, std::string& heard);
  enum class stream { open, closed };
  void judge(conversation& x, stream state);
  void broke_off(conversation& x);
  void give_up_late();
  void fail(conversation& x, ec code, std::string error, host_sign host);
  void finish(conversation& x, ending how);

  const curl_library library_;
  const stream_limits limits_;
  multi_ptr multi_{curl_multi_init()};
  std::unordered_map<probe_id, conversation_ptr> running_;
  std::map<std::string, std::size_t> sessions_;              ///< By socket.
  std::map<std::string, std::deque<probe_id>> for_session_;  ///< By socket.

  order_queue<conversation> orders_{multi_.get()};
  std::thread thread_;  // Last: it uses all of the above.
};

stream_prober::loop::~loop() {
  orders_.stop();
  thread_.join();
}

stream_prober::probe_id stream_prober::loop::submit(stream_probe question, callback done) {
  auto fresh = std::make_unique<conversation>();
  fresh->begin = clock::now();
  fresh->end = fresh->begin + question.deadline;
  fresh->question = std::move(question);
  fresh->done = std::move(done);
  return orders_.submit(std::move(fresh));
}

void stream_prober::loop::cancel(probe_id which) {
  orders_.cancel(which);
}

void stream_prober::loop::run() {
  leave_signals_to_others();
  while (take_orders()) {
    int active = 0;
    curl_multi_perform(multi_.get(), &active);
    take_connections();
    give_up_late();
    wait();
  }
  for_session_.clear();
  while (!running_.empty())
    finish(*running_.begin()->second, ending::cancelled);
}

// False: the prober ends.
bool stream_prober::loop::take_orders() {
  auto ordered = orders_.take();
  for (auto& one : ordered.submitted)
    begin(std::move(one));
  for (const auto id : ordered.cancelled)
    if (const auto it = running_.find(id); it != running_.end())
      finish(*it->second, ending::cancelled);
  return !ordered.stop;
}

void stream_prober::loop::begin(conversation_ptr fresh) {
  auto& x = *fresh;
  running_.emplace(x.id, std::move(fresh));
  // The end of what is asked follows at once: the other side answers and closes.
  x.request = ls_refs_request(x.question.refs);
  append_flush(x.request);
  if (const auto* where = std::get_if<daemon_address>(&x.question.where)) {
    x.request.insert(0, daemon_greeting(*where));
    return connect(x, *where);
  }
  const auto& socket = std::get<ssh_address>(x.question.where).socket;
  for_session_[socket].push_back(x.id);
  open_sessions(socket);
}

// Names are looked up and addresses are tried by libcurl; the stream is then ours.
void stream_prober::loop::connect(conversation& x, const daemon_address& where) {
  x.connecting.reset(curl_easy_init());
  auto* easy = x.connecting.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &x);
  curl_easy_setopt(easy, CURLOPT_URL, ("http://" + with_port(where.authority) + "/").c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x.words.data());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_patience.count()));
  if (x.question.addresses == address_rule::public_only)
    connect_to_public_addresses_only(easy, &x.refused);
  curl_multi_add_handle(multi_.get(), easy);
}

void stream_prober::loop::take_connections() {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    const auto code = message->data.result;
    conversation* x = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x);
    connected(*x, code);
  }
}

void stream_prober::loop::connected(conversation& x, CURLcode code) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (code == CURLE_OK)
    curl_easy_getinfo(x.connecting.get(), CURLINFO_ACTIVESOCKET, &socket);
  // libcurl closes its own descriptor of the connection.
  if (socket != CURL_SOCKET_BAD)
    x.output = descriptor{::fcntl(socket, F_DUPFD_CLOEXEC, 0)};
  curl_multi_remove_handle(multi_.get(), x.connecting.get());
  x.connecting.reset();
  if (x.output)
    return;
  if (x.refused)
    return fail(x, ec::config, refused_address, host_sign::none);
  const auto [reason, host] = trouble_of(code);
  fail(x, reason, words_of(code, x.words.data()), host);
}

// By value: a conversation that ends takes its address along.
void stream_prober::loop::open_sessions(std::string socket) {
  auto& waiting = for_session_[socket];
  while (!waiting.empty() && sessions_[socket] < limits_.sessions_per_connection) {
    const auto it = running_.find(waiting.front());
    waiting.pop_front();
    if (it != running_.end())
      open_session(*it->second, std::get<ssh_address>(it->second->question.where));
  }
  if (waiting.empty())
    for_session_.erase(socket);
}

void stream_prober::loop::open_session(conversation& x, const ssh_address& where) {
  auto session = open_ssh_session(where.socket, "git-upload-pack " + quoted(where.path),
                                  "GIT_PROTOCOL=version=2");
  if (!session)
    return finish(x, ending::line_closed);
  ++sessions_[where.socket];
  x.has_session = true;
  x.control = std::move(session->control);
  x.input = std::move(session->input);
  x.output = std::move(session->output);
  x.errors = std::move(session->errors);
}

void stream_prober::loop::wait() {
  std::vector<curl_waitfd> streams;
  std::vector<probe_id> owners;
  auto until = clock::now() + std::chrono::minutes{1};
  for (const auto& [id, x] : running_) {
    until = std::min(until, x->end);
    if (!x->output)
      continue;
    owners.push_back(id);
    streams.push_back({x->output.get(), CURL_WAIT_POLLIN, 0});
    streams.push_back(
        {x->writes_to(), static_cast<short>(x->has_more_to_send() ? CURL_WAIT_POLLOUT : 0), 0});
  }
  const auto patience = std::chrono::ceil<milliseconds>(until - clock::now());
  curl_multi_poll(multi_.get(), streams.data(), static_cast<unsigned>(streams.size()),
                  static_cast<int>(std::max<std::int64_t>(0, patience.count())), nullptr);
  for (std::size_t i = 0; i < owners.size(); ++i)
    talk(owners[i], streams[2 * i].revents, streams[2 * i + 1].revents);
}

void stream_prober::loop::talk(probe_id id, short events_in, short events_out) {
  const auto it = running_.find(id);
  if (it == running_.end())
    return;
  auto& x = *it->second;
  // An end that will take no more shows when the answer ends, too.
  if (events_out != 0 && x.has_more_to_send() && !write_more(x))
    x.sent = x.request.size();
  // A pipe that nobody reads any more would wake every wait.
  if (!x.has_more_to_send())
    x.input.reset();
  if (events_in == 0)
    return;
  auto& heard = x.complains ? x.complaint : x.answer;
  auto state = read_more(x.output, heard) ? stream::open : stream::closed;
  if (heard.size() > (x.complains ? most_words : limits_.max_answer))
    return fail(x, ec::remote, "sends too much for a list of refs", host_sign::none);
  // What a command complains of may come in after the end of its answer.
  const bool has_complaint = state == stream::closed && x.errors;
  if (has_complaint)
    state = stream::open;
  // All that ends an answer ends like this, and looking at each piece would take its length
  // squared.
  if (has_complaint || state == stream::closed || x.answer.ends_with("0000"))
    judge(x, state);
  if (!has_complaint || !running_.contains(id))
    return;
  x.output = std::move(x.errors);
  x.complains = true;
}

bool stream_prober::loop::write_more(conversation& x) {
  const auto rest = std::string_view{x.request}.substr(x.sent);
  const auto n = x.input ? ::write(x.input.get(), rest.data(), rest.size())
                         : ::send(x.output.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (n > 0)
    x.sent += static_cast<std::size_t>(n);
  return n > 0 || errno == EAGAIN || errno == EINTR;
}

bool stream_prober::loop::read_more(const descriptor& from, std::string& heard) {
  std::array<char, 65536> buffer;
  const auto n = ::read(from.get(), buffer.data(), buffer.size());
  if (n > 0)
    heard.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

void stream_prober::loop::judge(conversation& x, stream state) {
  const auto said = parse_advertisement(x.answer);
  if (!said)
    return fail(x, code_of(said.error()), detail_of(said.error()), host_sign::well);
  if (!*said)
    return state == stream::open ? void() : broke_off(x);
  auto refs = caf::expected<advertised_refs>{(*said)->refs};
  if ((*said)->version == 2) {
    if (!is_settled((*said)->rest))
      return state == stream::open ? void() : broke_off(x);
    refs = parse_ls_refs((*said)->rest);
  }
  if (!refs)
    return fail(x, code_of(refs.error()), detail_of(refs.error()), host_sign::well);
  x.result.refs = std::move(*refs);
  x.result.host = host_sign::well;
  finish(x, ending::answered);
}

void stream_prober::loop::broke_off(conversation& x) {
  if (!x.control)
    return fail(x, ec::network, "the connection broke off", host_sign::ill);
  if (x.answer.empty() && x.complaint.empty() &&
      !tells_of_opened_session(read_all(x.control.get(), most_words)))
    return finish(x, ending::line_closed);
  x.result.error = printable(x.complaint.substr(0, x.complaint.find('\n')));
  finish(x, ending::left_to_git);
}

void stream_prober::loop::give_up_late() {
  std::vector<conversation*> late;
  const auto now = clock::now();
  for (const auto& [id, x] : running_)
    if (x->end <= now)
      late.push_back(x.get());
  for (auto* x : late)
    fail(*x, ec::deadline_exceeded, "took longer than allowed", host_sign::ill);
}

void stream_prober::loop::fail(conversation& x, ec code, std::string error, host_sign host) {
  x.result.code = code;
  x.result.error = std::move(error);
  x.result.host = host;
  finish(x, ending::failed);
}

void stream_prober::loop::finish(conversation& x, ending how) {
  if (x.connecting)
    curl_multi_remove_handle(multi_.get(), x.connecting.get());
  const auto node = running_.extract(x.id);
  auto result = std::move(x.result);
  result.how = how;
  if (how == ending::cancelled) {
    result.code = ec::cancelled;
    result.error = "was cancelled";
  }
  result.took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - x.begin);
  result.sent = x.sent;
  result.received = x.answer.size();
  x.done(std::move(result));
  if (!x.has_session)
    return;
  const auto& socket = std::get<ssh_address>(x.question.where).socket;
  if (--sessions_[socket] == 0)
    sessions_.erase(socket);
  open_sessions(socket);
}

stream_prober::stream_prober(const stream_limits& limits) : loop_{std::make_unique<loop>(limits)} {}

stream_prober::~stream_prober() = default;

stream_prober::probe_id stream_prober::submit(stream_probe question, callback done) {
  return loop_->submit(std::move(question), std::move(done));
}

void stream_prober::cancel(probe_id which) {
  loop_->cancel(which);
}

}  // namespace headway::remote
