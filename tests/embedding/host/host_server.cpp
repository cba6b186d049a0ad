/// A server that was there before Headway: its own main, its own HTTP, its own JSON. It embeds an
/// engine to tell how its clones stand.
///
///     host_server DATA_DIRECTORY CLONE…
///
///     GET /clones/<name>/sync     how the clone stands now
///     GET /clones/<name>/heard    the tips that a subscription has reported so far
///     POST /clones/<name>/fetch   fetches, and answers when that has ended
///
/// Prints its port, and ends with 0 on SIGTERM.
#include <chrono>
#include <csignal>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <actors/engine.hpp>

namespace {

namespace http = boost::beast::http;
namespace json = boost::json;
using tcp = boost::asio::ip::tcp;

/// What the subscription has said, by project.
class hearsay {
 public:
  void hear(const headway::sync_status& status) {
    const std::scoped_lock lock{mutex_};
    for (const auto& branch : status.branches)
      if (branch.local_oid)
        tips_[status.project].insert(branch.local_oid->hex());
  }

  json::array tips_of(const headway::project_id& project) {
    const std::scoped_lock lock{mutex_};
    json::array result;
    for (const auto& tip : tips_[project])
      result.emplace_back(tip);
    return result;
  }

 private:
  std::mutex mutex_;
  std::map<headway::project_id, std::set<std::string>> tips_;
};

json::value counted(const std::optional<std::uint64_t>& count) {
  return count ? json::value(*count) : json::value(nullptr);
}

json::object as_json(const headway::sync_status& status) {
  json::object branches;
  for (const auto& branch : status.branches)
    branches[branch.name] = {{"mine", counted(branch.ahead)},
                             {"theirs", counted(branch.behind)},
                             {"verdict", headway::to_string(branch.state)}};
  return {{"where", status.path}, {"branches", std::move(branches)}};
}

json::object as_json(const headway::fetch_report& report) {
  json::object remotes;
  for (const auto& remote : report.remotes)
    remotes[remote.remote] = headway::to_string(remote.outcome);
  return {{"remotes", std::move(remotes)}};
}

class server {
 public:
  server(headway::engine& engine, std::map<std::string, headway::project_id> clones, hearsay& heard)
      : engine_(engine), clones_(std::move(clones)), heard_(heard) {
    signals_.async_wait([this](auto, int) { io_.stop(); });
    accept();
  }

  unsigned short port() const { return acceptor_.local_endpoint().port(); }
  void run() { io_.run(); }

 private:
  using reply = http::response<http::string_body>;

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (!error)
        serve(socket);
      accept();
    });
  }

  void serve(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    boost::system::error_code error;
    http::read(socket, buffer, request, error);
    if (error)
      return;
    auto response = answer(request);
    response.keep_alive(false);
    response.prepare_payload();
    http::write(socket, response, error);
  }

  static reply say(http::status status, const json::object& document) {
    reply result{status, 11};
    result.set(http::field::content_type, "application/json");
    result.body() = json::serialize(document);
    return result;
  }

  static reply fail(http::status status, const caf::error& error) {
    return say(status, {{"sorry", headway::describe(error)}});
  }

  reply answer(const http::request<http::string_body>& request) {
    static constexpr std::string_view lead = "/clones/";
    const std::string target{request.target()};
    const auto slash = target.rfind('/');
    const auto clone = target.starts_with(lead) && slash > lead.size()
                           ? clones_.find(target.substr(lead.size(), slash - lead.size()))
                           : clones_.end();
    if (clone == clones_.end())
      return say(http::status::not_found, {{"sorry", "no such clone"}});
    const auto what = target.substr(slash + 1);
    if (what == "heard")
      return say(http::status::ok, {{"tips", heard_.tips_of(clone->second)}});
    return what == "fetch" ? fetch(clone->second) : sync(clone->second);
  }

  reply sync(const headway::project_id& project) {
    const auto answer = engine_.sync_status(project);
    return answer ? say(http::status::ok, as_json(*answer->status))
                  : fail(http::status::internal_server_error, answer.error());
  }

  reply fetch(const headway::project_id& project) {
    const auto begun = engine_.fetch(project);
    if (!begun)
      return fail(http::status::internal_server_error, begun.error());
    const auto report = engine_.fetch_result((*begun)->id, std::chrono::seconds{30});
    return report ? say(http::status::ok, as_json(**report))
                  : fail(http::status::internal_server_error, report.error());
  }

  headway::engine& engine_;
  std::map<std::string, headway::project_id> clones_;
  hearsay& heard_;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT};
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
};

int complain(const caf::error& error) {
  std::cerr << headway::describe(error) << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return complain(headway::make_error(headway::ec::invalid_argument, "DATA_DIRECTORY CLONE…"));
  headway::engine_config config;
  config.database.directory = argv[1];
  config.fetch.allowed_schemes = headway::known_schemes;  // Its clones come from this machine.
  hearsay heard;
  headway::engine engine{config};
  if (const auto error = engine.start())
    return complain(error);
  const auto subscription =
      engine.subscribe([&heard](const headway::sync_status_ptr& status) { heard.hear(*status); });
  std::map<std::string, headway::project_id> clones;
  for (int i = 2; i < argc; ++i) {
    const std::string path = argv[i];
    const auto project = engine.add(path);
    if (!project)
      return complain(project.error());
    clones[path.substr(path.rfind('/') + 1)] = project->id;
  }
  server front{engine, std::move(clones), heard};
  std::cout << front.port() << std::endl;
  front.run();
  return engine.stop() ? 0 : 1;
}
