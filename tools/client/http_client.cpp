#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <curl/curl.h>

#include <messages/error.hpp>
#include <tools/client/documents.hpp>
#include <tools/client/http_client.hpp>

namespace headway::tools {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t in_flight = 64;
constexpr std::size_t max_body = 256u << 20;
constexpr milliseconds connect_limit{5'000};
constexpr milliseconds answer_limit{60'000};
constexpr milliseconds moment{100};

struct free_url {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct free_easy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct free_multi {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct free_list {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
    return {};
  std::string result{text};
  curl_free(text);
  return result;
}

struct transfer {
  std::size_t index = 0;
  http_answer answer;
  std::unique_ptr<CURL, free_easy> easy{curl_easy_init()};
  std::unique_ptr<curl_slist, free_list> fields;
  char reason[CURL_ERROR_SIZE] = {};
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& body = static_cast<transfer*>(user)->answer.body;
  if (body.size() + size > max_body)
    return 0;
  body.append(data, size);
  return size;
}

std::size_t take_field(char* data, std::size_t, std::size_t size, void* user) {
  static constexpr std::string_view name = "etag:";
  const std::string_view line{data, size};
  const bool is_tag = line.size() > name.size() &&
                      std::ranges::equal(line.substr(0, name.size()), name,
                                         [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  if (is_tag) {
    const auto value = line.substr(name.size());
    const auto first = value.find_first_not_of(" \t");
    const auto last = value.find_last_not_of(" \t\r\n");
    if (first != std::string_view::npos && last >= first)
      static_cast<transfer*>(user)->answer.etag = value.substr(first, last - first + 1);
  }
  return size;
}

std::size_t take_piece(char* data, std::size_t, std::size_t size, void* user) {
  (*static_cast<const std::function<void(std::string_view)>*>(user))({data, size});
  return size;
}

void add_field(transfer& one, const std::string& field) {
  auto* const all = one.fields.release();
  one.fields.reset(curl_slist_append(all, field.c_str()));
}

}  // namespace

struct http_client::impl {
  std::string url;
  std::string socket;  // Path of a Unix socket; empty: TCP.
  node_access access;
  bool local = false;  // A proxy would look for 127.0.0.1 on its own machine.
  std::function<pace()> interrupted;
  std::unique_ptr<CURLM, free_multi> multi{curl_multi_init()};
  std::map<CURL*, std::unique_ptr<transfer>> running;

  void prepare(transfer& one, const http_call& call);
  void start(const http_call& call, std::size_t index);
  void collect(answers& all, std::size_t& ended);
  void abandon();
  caf::error failure(CURLcode code, const transfer& one) const;
};

/// What every request has.
void http_client::impl::prepare(transfer& one, const http_call& call) {
  auto* const easy = one.easy.get();
  const auto base = socket.empty() ? url : std::string{"http://localhost"};
  curl_easy_setopt(easy, CURLOPT_URL, (base + call.target).c_str());
  if (!socket.empty())
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  if (!access.certificates.empty())
    curl_easy_setopt(easy, CURLOPT_CAINFO, access.certificates.c_str());
  if (!access.token.empty())
    add_field(one, "Authorization: Bearer " + access.token);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_limit.count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, one.reason);
  if (local)
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

void http_client::impl::start(const http_call& call, std::size_t index) {
  auto one = std::make_unique<transfer>();
  one->index = index;
  prepare(*one, call);
  auto* const easy = one->easy.get();
  const auto limit = answer_limit + call.wait;
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, one.get());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_field);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, one.get());
  if (!call.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, call.body.c_str());
    add_field(*one, "Content-Type: application/json");
  } else if (call.method == "POST") {
    add_field(*one, "Content-Length: 0");
  }
  if (!call.if_none_match.empty())
    add_field(*one, "If-None-Match: " + call.if_none_match);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, one->fields.get());
  curl_multi_add_handle(multi.get(), easy);
  running.emplace(easy, std::move(one));
}

caf::error http_client::impl::failure(CURLcode code, const transfer& one) const {
  const std::string reason = one.reason[0] != '\0' ? one.reason : curl_easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT)
    return make_error(ec::deadline_exceeded,
                      "the node at " + url + " did not answer in time (" + reason + ")");
  return make_error(ec::network, "no node answers at " + url + " (" + reason +
                                     "); start one with headwayd, or name another with --node");
}

void http_client::impl::collect(answers& all, std::size_t& ended) {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    const auto code = message->data.result;
    const auto it = running.find(message->easy_handle);
    auto& one = *it->second;
    if (code == CURLE_OK) {
      curl_easy_getinfo(one.easy.get(), CURLINFO_RESPONSE_CODE, &one.answer.status);
      all[one.index] = std::move(one.answer);
    } else {
      all[one.index] = failure(code, one);
    }
    curl_multi_remove_handle(multi.get(), it->first);
    running.erase(it);
    ++ended;
  }
}

void http_client::impl::abandon() {
  for (const auto& [easy, one] : running)
    curl_multi_remove_handle(multi.get(), easy);
  running.clear();
}

http_client::http_client(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
http_client::http_client(http_client&&) noexcept = default;
http_client& http_client::operator=(http_client&&) noexcept = default;
http_client::~http_client() = default;

caf::expected<http_client> http_client::connect_to(const std::string& url,
                                                   std::function<pace()> interrupted,
                                                   node_access access) {
  static const auto started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK)
    return make_error(ec::internal,
                      "libcurl does not start: " + std::string{curl_easy_strerror(started)});
  auto made = std::make_unique<impl>();
  made->interrupted = std::move(interrupted);
  made->access = std::move(access);
  static constexpr std::string_view unix_scheme = "unix:";
  if (url.starts_with(unix_scheme)) {
    made->url = url;
    made->socket = url.substr(unix_scheme.size());
    made->local = true;
    if (!made->socket.starts_with('/'))
      return make_error(ec::invalid_argument,
                        "the address of the node names no absolute path; write it like "
                        "unix:/run/headway/headwayd.sock");
    return http_client{std::move(made)};
  }
  const std::unique_ptr<CURLU, free_url> parsed{curl_url()};
  const auto refuse = [&](const std::string& why) {
    return make_error(
        ec::invalid_argument,
        "the address of the node " + why + "; write it like http://127.0.0.1:8420 or unix:/PATH");
  };
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return refuse("'" + url.substr(0, url.find('@')) + "' is no URL");
  const auto scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return refuse("has the scheme '" + scheme + "'");
  if (!part_of(parsed.get(), CURLUPART_USER).empty() ||
      !part_of(parsed.get(), CURLUPART_PASSWORD).empty())
    return refuse("holds user information, which is not supported");
  if (part_of(parsed.get(), CURLUPART_PATH) != "/" ||
      !part_of(parsed.get(), CURLUPART_QUERY).empty())
    return refuse("holds a path or a query");
  const auto host = part_of(parsed.get(), CURLUPART_HOST);
  const auto port = part_of(parsed.get(), CURLUPART_PORT);
  made->url = scheme + "://" + host + (port.empty() ? "" : ":" + port);
  made->local = host == "localhost" || host == "[::1]" || host.starts_with("127.");
  if (!made->access.token.empty() && scheme == "http" && !made->local)
    return make_error(ec::invalid_argument,
                      "the token would travel to " + made->url +
                          " in the clear; use an address that begins with https");
  return http_client{std::move(made)};
}

const std::string& http_client::url() const noexcept {
  return impl_->url;
}

http_client::answers http_client::perform(const std::vector<http_call>& calls,
                                          const call_watch& watch, milliseconds patience) {
  using clock = std::chrono::steady_clock;
  const auto unasked = make_error(ec::cancelled, "interrupted");
  answers all(calls.size(), caf::expected<http_answer>{unasked});
  std::size_t started = 0;
  std::size_t ended = 0;
  std::optional<clock::time_point> last;  // Until then it is waited after a stop.
  while (ended < calls.size()) {
    if (!last && watch(ended) == pace::stop)
      last = clock::now() + patience;
    if (last && (impl_->running.empty() || clock::now() >= *last)) {
      impl_->abandon();
      return all;
    }
    for (; !last && started < calls.size() && impl_->running.size() < in_flight; ++started)
      impl_->start(calls[started], started);
    int active = 0;
    curl_multi_perform(impl_->multi.get(), &active);
    const auto before = ended;
    impl_->collect(all, ended);
    if (ended == before)
      curl_multi_poll(impl_->multi.get(), nullptr, 0, static_cast<int>(moment.count()), nullptr);
  }
  if (!last)
    watch(ended);
  return all;
}

caf::expected<http_answer> http_client::perform(http_call call) {
  const auto watch = [this](std::size_t) {
    return impl_->interrupted ? impl_->interrupted() : pace::go_on;
  };
  return std::move(perform(std::vector<http_call>{std::move(call)}, watch).front());
}

caf::error http_client::follow(const std::string& target, int descriptor,
                               const std::function<void(std::string_view)>& take,
                               const std::function<pace()>& glance) {
  // Apart from the other transfers, which may run meanwhile.
  const std::unique_ptr<CURLM, free_multi> multi{curl_multi_init()};
  transfer one;
  impl_->prepare(one, {.target = target});
  auto* const easy = one.easy.get();
  const std::function<void(std::string_view)> sort = [&](std::string_view piece) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    status == 200 ? take(piece) : void(one.answer.body.append(piece));
  };
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_piece);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &sort);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, one.fields.get());
  // A node says something every 15 s.
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 45L);
  curl_multi_add_handle(multi.get(), easy);
  const auto result = [&]() -> caf::error {
    for (;;) {
      int active = 0;
      curl_multi_perform(multi.get(), &active);
      if (glance() == pace::stop)
        return {};
      if (active == 0)
        break;
      curl_waitfd input{descriptor, CURL_WAIT_POLLIN, 0};
      curl_multi_poll(multi.get(), &input, descriptor >= 0 ? 1 : 0,
                      static_cast<int>(moment.count()), nullptr);
    }
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &one.answer.status);
    if (one.answer.status != 0 && one.answer.status != 200)
      return problem_in(one.answer);
    int left = 0;
    const auto* message = curl_multi_info_read(multi.get(), &left);
    return impl_->failure(message ? message->data.result : CURLE_RECV_ERROR, one);
  }();
  curl_multi_remove_handle(multi.get(), easy);
  return result;
}

std::string encode_segment(const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> encoded{
      curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), curl_free};
  return encoded.get();
}

}  // namespace headway::tools
