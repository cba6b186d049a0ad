#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <unordered_map>
#include <utility>

#include <messages/url.hpp>
#include <storage/remote/address_guard.hpp>
#include <storage/remote/curl_handles.hpp>
#include <storage/remote/curl_request.hpp>
#include <storage/remote/http_answer.hpp>
#include <storage/remote/http_prober.hpp>
#include <storage/remote/ls_refs.hpp>
#include <storage/remote/prober_thread.hpp>

namespace headway::remote {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr long most_connections = 256;
// Bytes in a second below which an answer counts as stuck, and for how long.
constexpr long slowest = 1024;
constexpr long slow_for = 30;
// The question, what the server says of itself, five redirects, and the question again.
constexpr unsigned most_requests = 8;
// Servers are brought up to date now and then.
constexpr std::chrono::hours old_version_for{6};
constexpr std::size_t most_remembered = 10'000;

enum class request_kind { refs, info };

/// One probe: a request, or a few.
struct conversation {
  http_prober::probe_id id = 0;
  http_probe question;
  http_prober::callback done;
  clock::time_point end{};
  std::string url;
  request_kind asking = request_kind::refs;
  moved has_moved = moved::no;
  long version = CURL_HTTP_VERSION_2TLS;
  easy_ptr easy;
  header_list headers;
  std::string request;
  std::string body;
  std::size_t room = 0;
  bool overflowed = false;
  bool refused = false;  ///< An address.
  std::array<char, CURL_ERROR_SIZE> words{};
  http_result result;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* to) {
  auto& x = *static_cast<conversation*>(to);
  const auto bytes = size * count;
  if (bytes > x.room - x.body.size()) {
    x.overflowed = true;
    return 0;
  }
  x.body.append(data, bytes);
  return bytes;
}

template <class T>
T info(CURL* easy, CURLINFO which) {
  T value{};
  curl_easy_getinfo(easy, which, &value);
  return value;
}

std::string text_info(CURL* easy, CURLINFO which) {
  const auto* value = info<const char*>(easy, which);
  return value == nullptr ? "" : value;
}

}  // namespace

class http_prober::loop {
 public:
  explicit loop(const http_limits& limits);
  ~loop();

  probe_id submit(http_probe question, callback done);
  void cancel(probe_id which);

 private:
  using conversation_ptr = std::unique_ptr<conversation>;

  void run();
  bool take_orders();
  void begin(conversation_ptr fresh);
  void send(conversation& x);
  void configure(conversation& x);
  void configure_question(conversation& x);
  void take_answers();
  void answered(conversation& x, CURLcode code);
  void proceed(conversation& x, verdict found);
  void note_traffic(conversation& x);
  http_answer answer_of(conversation& x) const;
  void fail(conversation& x, CURLcode code);
  void end(conversation& x, http_result::ending how);
  void put_away(conversation& x);
  bool speaks_old_version(const std::string& host);
  void remember_old_version(const std::string& host);

  const curl_library library_;
  const http_limits limits_;
  share_ptr share_{curl_share_init()};
  multi_ptr multi_{curl_multi_init()};
  std::vector<easy_ptr> spare_;
  std::unordered_map<probe_id, conversation_ptr> running_;
  std::unordered_map<std::string, clock::time_point> old_hosts_;
  std::unordered_map<std::string, std::string> moved_urls_;

  order_queue<conversation> orders_{multi_.get()};
  std::thread thread_;  // Last: it uses all of the above.
};

http_prober::loop::loop(const http_limits& limits) : limits_{limits} {
  // The connections are the multi handle's; sessions of TLS would be each request's own.
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(limits_.connections_per_host));
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_CONCURRENT_STREAMS,
                    static_cast<long>(limits_.streams_per_connection));
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, most_connections);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, most_connections);
  thread_ = std::thread{[this] { run(); }};
}

http_prober::loop::~loop() {
  orders_.stop();
  thread_.join();
  spare_.clear();  // Before what they share.
}

http_prober::probe_id http_prober::loop::submit(http_probe question, callback done) {
  auto fresh = std::make_unique<conversation>();
  fresh->end = clock::now() + question.deadline;
  fresh->question = std::move(question);
  fresh->done = std::move(done);
  return orders_.submit(std::move(fresh));
}

void http_prober::loop::cancel(probe_id which) {
  orders_.cancel(which);
}

void http_prober::loop::run() {
  leave_signals_to_others();
  // First what is new, then what has come in: the other way round a question waits for a turn.
  while (take_orders()) {
    int active = 0;
    curl_multi_perform(multi_.get(), &active);
    take_answers();
    // A wake-up that comes before the wait begins is not lost.
    constexpr int idle_turn = 60'000;
    curl_multi_poll(multi_.get(), nullptr, 0, idle_turn, nullptr);
  }
  while (!running_.empty())
    end(*running_.begin()->second, http_result::ending::cancelled);
}

// False: the prober ends.
bool http_prober::loop::take_orders() {
  auto ordered = orders_.take();
  for (auto& one : ordered.submitted)
    begin(std::move(one));
  for (const auto id : ordered.cancelled)
    if (const auto it = running_.find(id); it != running_.end())
      end(*it->second, http_result::ending::cancelled);
  return !ordered.stop;
}

void http_prober::loop::begin(conversation_ptr fresh) {
  auto& x = *fresh;
  running_.emplace(x.id, std::move(fresh));
  const auto& asked = x.question.url;
  if (const auto it = moved_urls_.find(asked); it != moved_urls_.end()) {
    x.url = it->second;
    x.has_moved = moved::yes;
  } else {
    x.url = asked;
  }
  x.asking = speaks_old_version(host_key(x.url)) ? request_kind::info : request_kind::refs;
  send(x);
}

void http_prober::loop::send(conversation& x) {
  if (x.result.traffic.requests++ == most_requests) {
    x.result.code = ec::remote;
    x.result.error = "sends from one address to the next";
    end(x, http_result::ending::failed);
    return;
  }
  if (spare_.empty()) {
    x.easy.reset(curl_easy_init());
  } else {
    x.easy = std::move(spare_.back());
    spare_.pop_back();
  }
  configure(x);
  curl_multi_add_handle(multi_.get(), x.easy.get());
}

void http_prober::loop::configure(conversation& x) {
  auto* easy = x.easy.get();
  const auto left = std::chrono::ceil<milliseconds>(x.end - clock::now());
  x.body.clear();
  x.room = limits_.max_answer;
  x.words.fill('\0');
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &x);
  curl_easy_setopt(easy, CURLOPT_SHARE, share_.get());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x.words.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &x);
  remote::configure(easy, x.question.options, x.question.who);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, x.version);
  // Better to share a connection that is about to be there than to open another.
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, std::max<long>(1, static_cast<long>(left.count())));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, slowest);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, slow_for);
  if (x.question.options.addresses == address_rule::public_only)
    connect_to_public_addresses_only(easy, &x.refused);
  configure_question(x);
}

void http_prober::loop::configure_question(conversation& x) {
  auto* easy = x.easy.get();
  x.headers = {};
  add_headers(x.headers, x.question.options);
  if (x.asking == request_kind::refs) {
    add_post_headers(x.headers);
    x.request = ls_refs_request(x.question.refs);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, x.request.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(x.request.size()));
    curl_easy_setopt(easy, CURLOPT_URL, upload_pack_url(x.url).c_str());
  } else {
    curl_easy_setopt(easy, CURLOPT_URL, info_refs_url(x.url).c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x.headers.get());
}

void http_prober::loop::take_answers() {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    const auto code = message->data.result;
    answered(*info<conversation*>(message->easy_handle, CURLINFO_PRIVATE), code);
  }
}

void http_prober::loop::answered(conversation& x, CURLcode code) {
  note_traffic(x);
  if (is_broken_stream(x.easy.get(), code) && x.version == CURL_HTTP_VERSION_2TLS) {
    x.version = CURL_HTTP_VERSION_1_1;
    put_away(x);
    return send(x);
  }
  if (code != CURLE_OK && !is_cut_refusal(x.easy.get(), code))
    return fail(x, code);
  const auto answer = answer_of(x);
  if (const auto wait = info<curl_off_t>(x.easy.get(), CURLINFO_RETRY_AFTER); wait > 0)
    x.result.retry_after = std::chrono::seconds{wait};
  auto found = x.asking == request_kind::refs ? judge_refs_answer(answer)
                                              : judge_info_answer(answer, x.url, x.has_moved);
  put_away(x);
  proceed(x, std::move(found));
}

void http_prober::loop::note_traffic(conversation& x) {
  auto* easy = x.easy.get();
  auto& traffic = x.result.traffic;
  traffic.connections += static_cast<unsigned>(info<long>(easy, CURLINFO_NUM_CONNECTS));
  traffic.sent += static_cast<std::uint64_t>(info<long>(easy, CURLINFO_REQUEST_SIZE));
  traffic.received += static_cast<std::uint64_t>(info<long>(easy, CURLINFO_HEADER_SIZE) +
                                                 info<curl_off_t>(easy, CURLINFO_SIZE_DOWNLOAD_T));
  const auto spent = timing_of(easy);
  auto& timing = x.result.timing;
  timing.dns += spent.dns;
  timing.connect += spent.connect;
  timing.tls += spent.tls;
  timing.total += spent.total;
}

http_answer http_prober::loop::answer_of(conversation& x) const {
  auto* easy = x.easy.get();
  http_answer answer;
  answer.status = info<long>(easy, CURLINFO_RESPONSE_CODE);
  answer.content_type = text_info(easy, CURLINFO_CONTENT_TYPE);
  answer.location = text_info(easy, CURLINFO_REDIRECT_URL);
  answer.body = x.body;
  if (const auto offered = info<long>(easy, CURLINFO_HTTPAUTH_AVAIL); offered != 0)
    answer.wants = (offered & long{CURLAUTH_BASIC}) != 0 ? http_answer::challenge::password
                                                         : http_answer::challenge::other;
  return answer;
}

void http_prober::loop::proceed(conversation& x, verdict found) {
  using step = verdict::step;
  x.result.host = found.host;
  x.result.code = found.code;
  x.result.error = std::move(found.error);
  switch (found.next) {
    case step::answered:
      x.result.refs = std::move(found.refs);
      if (x.asking == request_kind::info)
        remember_old_version(host_key(x.url));
      if (x.has_moved == moved::yes && moved_urls_.size() < most_remembered)
        moved_urls_.insert_or_assign(x.question.url, x.url);
      return end(x, http_result::ending::answered);
    case step::ask_info_refs:
      x.asking = request_kind::info;
      return send(x);
    case step::follow:
      x.url = std::move(found.url);
      x.has_moved = moved::yes;
      return send(x);
    case step::ask_again:
      x.asking = request_kind::refs;
      return send(x);
    case step::unauthorized:
      return end(x, http_result::ending::unauthorized);
    case step::left_to_git:
      return end(x, http_result::ending::left_to_git);
    case step::failed:
      // The address may have moved on: the next probe begins at the first one again.
      moved_urls_.erase(x.question.url);
      return end(x, http_result::ending::failed);
  }
}

void http_prober::loop::fail(conversation& x, CURLcode code) {
  auto& result = x.result;
  const auto [reason, host] = x.refused ? trouble{ec::config, host_sign::none} : trouble_of(code);
  const bool late = code == CURLE_OPERATION_TIMEDOUT && clock::now() >= x.end;
  result.code = late ? ec::deadline_exceeded : reason;
  result.host = host;
  if (x.refused)
    result.error = refused_address;
  else if (x.overflowed)
    result.error = "sends too much for a list of refs";
  else if (result.code == ec::deadline_exceeded)
    result.error = "took longer than allowed";
  else
    result.error = words_of(code, x.words.data());
  end(x, http_result::ending::failed);
}

void http_prober::loop::end(conversation& x, http_result::ending how) {
  put_away(x);
  auto node = running_.extract(x.id);
  x.result.how = how;
  if (how == http_result::ending::cancelled) {
    x.result.code = ec::cancelled;
    x.result.error = "was cancelled";
  }
  x.done(std::move(x.result));
}

void http_prober::loop::put_away(conversation& x) {
  if (!x.easy)
    return;
  curl_multi_remove_handle(multi_.get(), x.easy.get());
  curl_easy_reset(x.easy.get());
  spare_.push_back(std::move(x.easy));
}

bool http_prober::loop::speaks_old_version(const std::string& host) {
  const auto it = old_hosts_.find(host);
  if (it == old_hosts_.end())
    return false;
  if (clock::now() < it->second)
    return true;
  old_hosts_.erase(it);
  return false;
}

void http_prober::loop::remember_old_version(const std::string& host) {
  if (old_hosts_.size() < most_remembered)
    old_hosts_.emplace(host, clock::now() + old_version_for);
}

http_prober::http_prober(const http_limits& limits) : loop_{std::make_unique<loop>(limits)} {}

http_prober::~http_prober() = default;

http_prober::probe_id http_prober::submit(http_probe question, callback done) {
  return loop_->submit(std::move(question), std::move(done));
}

void http_prober::cancel(probe_id which) {
  loop_->cancel(which);
}

}  // namespace headway::remote
