#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <tools/client/documents.hpp>
#include <tools/client/http_client.hpp>
#include <tools/load/crowd.hpp>
#include <tools/load/node_list.hpp>

namespace headway::load {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

/// The longest that anybody waits for an answer, and after the end of a run.
constexpr std::chrono::seconds patience{30};

/// Before a user tries to connect again to a node that is away.
constexpr std::chrono::milliseconds pause_after_loss{50};

microseconds since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<microseconds>(steady_clock::now() - begin);
}

outcome outcome_of(unsigned status) {
  if (status >= 200 && status < 400)
    return outcome::answered;
  return status >= 400 && status < 500 ? outcome::refused : outcome::failed;
}

}  // namespace

std::optional<std::chrono::milliseconds> age_in(std::string_view document,
                                                std::chrono::system_clock::time_point now) {
  constexpr std::string_view key = "\"last_fetch\":\"";
  const auto at = document.find(key);
  if (at == std::string_view::npos)
    return std::nullopt;
  const auto then = parse_time(document.substr(at + key.size(), 24));
  if (!then)
    return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - *then);
}

struct crowd::impl {
  class user;

  impl(const scenario& wanted, const agenda& all, std::vector<std::string> ids,
       std::vector<std::string> paths, place where)
      : plan(wanted), what(all), projects(std::move(ids)), spares(paths.begin(), paths.end()) {
    node = tcp::endpoint{asio::ip::make_address(where.address), where.port};
    host = where.address + ":" + std::to_string(where.port);
    for (auto& id : projects)
      id = tools::encode_segment(id);
  }

  void begin(steady_clock::time_point when);
  void feed();
  void ended();
  void note(const sample& fresh);
  void note_age(const planned_request& asked, std::string_view document);

  const scenario& plan;
  const agenda& what;
  std::vector<std::string> projects;  ///< As segments of a path.
  std::deque<std::string> spares;
  std::deque<std::pair<std::string, std::string>> registered;  ///< Ids and paths of spares.

  asio::io_context io{1};
  asio::steady_timer clock{io};
  asio::steady_timer deadline{io};
  tcp::endpoint node;
  std::string host;
  steady_clock::time_point start;
  std::vector<std::unique_ptr<user>> users;
  std::size_t next = 0;
  std::size_t busy = 0;
  bool over = false;
  ledger book;

  std::atomic<std::uint64_t> asked{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> unanswered{0};
  std::atomic<double> recent_p99{0};
  std::vector<double> recent;
  steady_clock::time_point recent_since;
};

/// Asks one thing at a time; what comes meanwhile waits, and its latency counts from when it was
/// meant to be asked.
class crowd::impl::user {
 public:
  user(impl& all, std::uint32_t number) : all_(all), stream_(all.io), pause_(all.io) {
    if (all.plan.users.arrive == arrival::closed)
      habits_.emplace(all.plan, number);
  }

  void start() {
    if (habits_)
      think();
  }

  void ask(const planned_request& request) {
    waiting_.push_back(request);
    ++all_.busy;
    if (!asking_)
      next();
  }

  void stop() {
    pause_.cancel();
    error_code ignored;
    stream_.socket().close(ignored);
  }

 private:
  void think() {
    auto request = habits_->next();
    pause_.expires_after(request.at);
    pause_.async_wait([this, request](error_code error) mutable {
      if (error || all_.over)
        return;
      request.at = since(all_.start);
      ask(request);
    });
  }

  void next() {
    if (waiting_.empty()) {
      asking_ = false;
      if (habits_ && !all_.over)
        think();
      return;
    }
    asking_ = true;
    current_ = waiting_.front();
    waiting_.pop_front();
    compose();
    stream_.expires_after(patience);
    if (stream_.socket().is_open())
      return send();
    stream_.async_connect(all_.node, [this](error_code error) {
      if (error)
        return lose();
      stream_.socket().set_option(tcp::no_delay{true}, error);
      fresh_ = true;
      send();
    });
  }

  void compose() {
    request_ = {};
    request_.version(11);
    request_.set(http::field::host, all_.host);
    request_.method(http::verb::get);
    subject_.clear();
    path_.clear();
    const auto& project = all_.projects[current_.project];
    switch (current_.kind) {
      case request_kind::add:
        if (all_.spares.empty())
          break;
        path_ = all_.spares.front();
        all_.spares.pop_front();
        // From now on it may be there, whether or not an answer comes.
        all_.book.removed.erase(path_);
        request_.method(http::verb::post);
        request_.target("/projects");
        request_.set(http::field::content_type, "application/json");
        request_.body() = tools::add_request_json(path_);
        return request_.prepare_payload();
      case request_kind::remove:
        if (all_.registered.empty())
          break;
        std::tie(subject_, path_) = all_.registered.front();
        all_.registered.pop_front();
        request_.method(http::verb::delete_);
        return request_.target("/projects/" + tools::encode_segment(subject_));
      case request_kind::list:
        return request_.target("/projects?limit=100");
      case request_kind::schedule:
        return request_.target("/projects/" + project + "/schedule");
      case request_kind::scheduler:
        return request_.target("/scheduler");
      case request_kind::fetch:
        request_.method(http::verb::post);
        request_.target("/projects/" + project + "/fetch");
        return request_.prepare_payload();
      case request_kind::status:
        break;
    }
    // Whoever finds nothing to register, or to remove, looks at something instead.
    current_.kind = request_kind::status;
    request_.target("/projects/" + project + "/sync-status");
  }

  void send() {
    http::async_write(stream_, request_, [this](error_code error, std::size_t) {
      if (error)
        return repeat_or_lose();
      answer_ = {};
      http::async_read(stream_, buffer_, answer_, [this](error_code failed, std::size_t) {
        if (failed)
          return repeat_or_lose();
        done();
      });
    });
  }

  /// A connection that the node closed while nobody used it is no loss: a client connects anew.
  void repeat_or_lose() {
    if (fresh_ || all_.over)
      return lose();
    close();
    stream_.expires_after(patience);
    stream_.async_connect(all_.node, [this](error_code error) {
      if (error)
        return lose();
      fresh_ = true;
      send();
    });
  }

  void close() {
    error_code ignored;
    stream_.socket().close(ignored);
    buffer_.clear();
  }

  void lose() {
    close();
    finish(outcome::unanswered);
    pause_.expires_after(pause_after_loss);
    pause_.async_wait([this](error_code error) {
      if (!error)
        next();
    });
  }

  void done() {
    fresh_ = false;
    const auto how = outcome_of(answer_.result_int());
    if (how == outcome::answered)
      remember();
    else if (!path_.empty())
      all_.spares.push_back(path_);
    if (!answer_.keep_alive())
      close();
    finish(how);
    next();
  }

  void remember() {
    if (current_.kind == request_kind::status) {
      all_.note_age(current_, answer_.body());
    } else if (current_.kind == request_kind::add) {
      error_code error;
      const auto document = boost::json::parse(answer_.body(), error);
      if (error || !document.is_object() || !document.as_object().contains("id"))
        return;
      const std::string id{document.at("id").as_string()};
      all_.registered.emplace_back(id, path_);
      all_.book.added.insert(id);
    } else if (current_.kind == request_kind::remove) {
      all_.book.added.erase(subject_);
      all_.book.removed.insert(path_);
      all_.spares.push_back(path_);
    }
  }

  void finish(outcome how) {
    // Nobody knows whether a removal that was not answered has happened.
    if (how == outcome::unanswered && !subject_.empty())
      all_.book.added.erase(subject_);
    all_.note({current_.at, since(all_.start) - current_.at, current_.kind, how});
    --all_.busy;
    all_.ended();
  }

  impl& all_;
  beast::tcp_stream stream_;
  asio::steady_timer pause_;
  std::optional<user_habits> habits_;
  std::deque<planned_request> waiting_;
  planned_request current_;
  bool asking_ = false;
  bool fresh_ = false;  ///< The connection has not answered yet.
  http::request<http::string_body> request_;
  http::response<http::string_body> answer_;
  beast::flat_buffer buffer_;
  std::string subject_;  ///< Id of what is removed.
  std::string path_;     ///< Of what is registered or removed.
};

void crowd::impl::begin(steady_clock::time_point when) {
  start = when;
  recent_since = when;
  for (std::uint32_t i = 0; i < plan.users.count; ++i)
    users.push_back(std::make_unique<user>(*this, i));
  for (const auto& each : users)
    each->start();
  deadline.expires_at(start + plan.duration);
  deadline.async_wait([this](error_code error) {
    if (error)
      return;
    over = true;
    ended();
    deadline.expires_after(patience);
    deadline.async_wait([this](error_code again) {
      if (!again)
        io.stop();
    });
  });
  feed();
}

/// Hands out what is due, and waits for the next.
void crowd::impl::feed() {
  const auto now = since(start);
  while (next < what.requests.size() && what.requests[next].at <= now) {
    const auto& request = what.requests[next++];
    users[request.user]->ask(request);
  }
  if (next == what.requests.size())
    return;
  clock.expires_at(start + what.requests[next].at);
  clock.async_wait([this](error_code error) {
    if (!error)
      feed();
  });
}

void crowd::impl::ended() {
  if (over && busy == 0)
    io.stop();
}

void crowd::impl::note(const sample& fresh) {
  book.samples.push_back(fresh);
  ++asked;
  failed += fresh.how == outcome::failed ? 1 : 0;
  unanswered += fresh.how == outcome::unanswered ? 1 : 0;
  recent.push_back(static_cast<double>(fresh.latency.count()) / 1e3);
  if (steady_clock::now() - recent_since < std::chrono::seconds{1})
    return;
  std::ranges::sort(recent);
  recent_p99 = percentile(recent, 99).value_or(0);
  recent.clear();
  recent_since = steady_clock::now();
}

void crowd::impl::note_age(const planned_request& request, std::string_view document) {
  if (const auto age = age_in(document, std::chrono::system_clock::now()))
    book.ages.push_back({request.at, *age, request.project});
}

crowd::crowd(const scenario& plan, const agenda& what, std::vector<std::string> projects,
             std::vector<std::string> spares, place node)
    : impl_(std::make_unique<impl>(plan, what, std::move(projects), std::move(spares),
                                   std::move(node))) {}

crowd::~crowd() = default;

void crowd::run(steady_clock::time_point begin) {
  impl_->begin(begin);
  impl_->io.run();
  for (const auto& each : impl_->users)
    each->stop();
}

void crowd::stop() {
  impl_->io.stop();
}

live_figures crowd::live() const {
  return {impl_->asked, impl_->failed, impl_->unanswered, impl_->recent_p99};
}

const ledger& crowd::results() const {
  return impl_->book;
}

}  // namespace headway::load
