#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <poll.h>

#include <storage/remote/curl_handles.hpp>
#include <storage/remote/curl_request.hpp>
#include <storage/remote/http_answer.hpp>
#include <storage/remote/http_fetcher.hpp>

namespace headway::remote {

namespace {

using std::chrono::milliseconds;

// A server that counts objects says nothing, or sends five bytes every five seconds; once objects
// come, less than a kibibyte a second is a connection that is as good as dead.
constexpr long slowest_silence = 1;
constexpr long slowest_pack = 1024;
constexpr std::size_t most_waiting = 1u << 20;
constexpr long buffer_size = 256 * 1024;
constexpr long most_connections = 16;

constexpr std::string_view answer_type = "application/x-git-upload-pack-result";

}  // namespace

class http_fetcher::connections {
 public:
  connections() {
    curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
    curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, most_connections);
  }

  const curl_library library;
  share_ptr share{curl_share_init()};
  multi_ptr multi{curl_multi_init()};
};

class http_fetcher::exchange : public http_exchange {
 public:
  exchange(std::shared_ptr<connections> through, http_question question)
      : through_{std::move(through)}, question_{std::move(question)}, easy_{curl_easy_init()} {
    configure_request();
    curl_multi_add_handle(through_->multi.get(), easy_.get());
  }
  ~exchange() override { curl_multi_remove_handle(through_->multi.get(), easy_.get()); }

  bool ended() const override { return ended_; }
  bool accepted() const override { return accepted_; }
  std::string_view body() const override { return std::string_view{body_}.substr(taken_); }

  void take(std::size_t count) override {
    taken_ += count;
    if (taken_ == body_.size()) {
      body_.clear();
      taken_ = 0;
    }
    if (paused_ && body().size() < most_waiting / 2) {
      paused_ = false;
      curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
    }
  }

  ending how() const override { return how_; }
  ec code() const override { return code_; }
  std::string error() const override { return error_; }
  host_sign host() const override { return host_; }
  std::optional<milliseconds> retry_after() const override {
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 0 ? std::optional{milliseconds{std::chrono::seconds{seconds}}} : std::nullopt;
  }
  http_timing timing() const override { return timing_of(easy_.get()); }

  void finish(CURLcode result) {
    if (is_broken_stream(easy_.get(), result) && !accepted_ &&
        std::exchange(version_, long{CURL_HTTP_VERSION_1_1}) != long{CURL_HTTP_VERSION_1_1})
      return ask_again();
    ended_ = true;
    if (result != CURLE_OK && !is_cut_refusal(easy_.get(), result)) {
      const auto [reason, host] = trouble_of(result);
      code_ = reason;
      host_ = host;
      error_ = words_of(result, words_.data());
      how_ = ending::failed;
      return;
    }
    host_ = host_sign::well;
    if (accepted_) {
      how_ = ending::whole;
      return;
    }
    judge();
  }

 private:
  void configure_request() {
    auto* easy = easy_.get();
    configure(easy, question_.options, question_.who);
    add_headers(headers_, question_.options);
    add_post_headers(headers_);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy, CURLOPT_SHARE, through_->share.get());
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words_.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer_size);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version_);
    // Of two requests the second shares the connection that the first opens, where it can.
    if (question_.url.starts_with("https"))
      curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, slowest_silence);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(question_.patience.count()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, question_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(question_.body.size()));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_URL, upload_pack_url(question_.url).c_str());
  }

  void ask_again() {
    curl_multi_remove_handle(through_->multi.get(), easy_.get());
    curl_easy_setopt(easy_.get(), CURLOPT_HTTP_VERSION, version_);
    curl_multi_add_handle(through_->multi.get(), easy_.get());
  }

  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* to) {
    return static_cast<exchange*>(to)->receive({data, size * count});
  }

  std::size_t receive(std::string_view bytes) {
    if (!accepted_ && !is_git_answer())
      return bytes.size();
    if (body().size() >= most_waiting) {
      paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    if (taken_ >= most_waiting) {
      body_.erase(0, taken_);
      taken_ = 0;
    }
    body_.append(bytes);
    if (!accepted_)
      accepted_ = true;
    else if (body_.size() > buffer_size)
      curl_easy_setopt(easy_.get(), CURLOPT_LOW_SPEED_LIMIT, slowest_pack);
    return bytes.size();
  }

  long status() const {
    long value = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &value);
    return value;
  }

  bool is_git_answer() const {
    const char* type = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
    return status() == 200 && type != nullptr && std::string_view{type}.starts_with(answer_type);
  }

  // As the probes do, without a second question: git asks that.
  void judge() {
    http_answer answer;
    answer.status = status();
    const char* type = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
    answer.content_type = type == nullptr ? "" : type;
    // An answer without content is what servers say that know no version 2; others have some.
    curl_off_t size = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_DOWNLOAD_T, &size);
    answer.body = size == 0 ? "" : "x";
    long offered = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_HTTPAUTH_AVAIL, &offered);
    if (offered != 0)
      answer.wants = (offered & long{CURLAUTH_BASIC}) != 0 ? http_answer::challenge::password
                                                           : http_answer::challenge::other;
    auto found = judge_refs_answer(answer);
    code_ = found.code;
    host_ = found.host;
    error_ = std::move(found.error);
    switch (found.next) {
      case verdict::step::unauthorized:
        how_ = ending::unauthorized;
        break;
      case verdict::step::ask_info_refs:
      case verdict::step::left_to_git:
        how_ = ending::left_to_git;
        break;
      default:
        how_ = ending::failed;
    }
    if (how_ == ending::left_to_git && error_.empty())
      error_ = "answered " + std::to_string(answer.status) + " to a request of version 2";
  }

  std::shared_ptr<connections> through_;
  http_question question_;
  header_list headers_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  long version_ = CURL_HTTP_VERSION_2TLS;
  easy_ptr easy_;
  std::string body_;
  std::size_t taken_ = 0;
  bool paused_ = false;
  bool accepted_ = false;
  bool ended_ = false;
  ending how_ = ending::failed;
  ec code_ = ec::none;
  host_sign host_ = host_sign::none;
  std::string error_;
};

http_fetcher::http_fetcher() : connections_{std::make_shared<connections>()} {}

http_fetcher::~http_fetcher() = default;

std::unique_ptr<http_exchange> http_fetcher::ask(http_question question) {
  return std::make_unique<exchange>(connections_, std::move(question));
}

void http_fetcher::wait(std::span<pollfd> events, milliseconds timeout) {
  auto* multi = connections_->multi.get();
  std::vector<curl_waitfd> extra;
  for (const auto& event : events) {
    if (event.fd < 0)
      continue;
    short what = 0;
    what |= (event.events & POLLIN) != 0 ? CURL_WAIT_POLLIN : 0;
    what |= (event.events & POLLOUT) != 0 ? CURL_WAIT_POLLOUT : 0;
    extra.push_back({event.fd, what, 0});
  }
  const bool news = go_on(multi);
  const auto patience = news ? 0 : static_cast<int>(timeout.count());
  curl_multi_poll(multi, extra.data(), static_cast<unsigned>(extra.size()), patience, nullptr);
  go_on(multi);
  // libcurl does not tell of the end of a pipe.
  ::poll(events.data(), events.size(), 0);
}

bool http_fetcher::go_on(void* multi) {
  int active = 0;
  curl_multi_perform(multi, &active);
  int left = 0;
  bool news = false;
  while (const auto* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    news = true;
    void* whose = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &whose);
    static_cast<exchange*>(whose)->finish(message->data.result);
  }
  return news;
}

}  // namespace headway::remote
