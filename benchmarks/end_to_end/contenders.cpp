#include <fstream>
#include <sstream>
#include <stdexcept>

#include <benchmarks/end_to_end/contenders.hpp>

namespace headway::end_to_end {

namespace fs = std::filesystem;

namespace {

constexpr const char* nginx = "/usr/sbin/nginx";
constexpr const char* wrk = "/usr/bin/wrk";

/// wrk's own summary lacks the 95th percentile.
constexpr const char* summary_script = R"(
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("figures %f %f %f %f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50), latency:percentile(95), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
)";

void write(const fs::path& file, const std::string& text) {
  std::ofstream stream{file, std::ios::binary};
  stream << text;
}

}  // namespace

bool file_server::available() {
  return fs::exists(nginx);
}

bool has_wrk() {
  return fs::exists(wrk);
}

file_server::file_server(const fs::path& folder, const std::string& content)
    : port_{load::free_port()} {
  fs::create_directories(folder / "www");
  write(folder / "www" / "status", content);
  const auto at = [&](const char* name) { return (folder / name).string(); };
  // The quickest set-up for a small file: no copy by the kernel, no log, descriptors kept.
  write(at("nginx.conf"),
        "daemon off; master_process off; pid " + at("nginx.pid") + "; error_log " +
            at("nginx.log") +
            ";\nevents { worker_connections 1024; }\nhttp { access_log off; sendfile off; "
            "tcp_nodelay on; keepalive_requests 1000000000; open_file_cache max=10; "
            "client_body_temp_path " +
            at("body") + "; proxy_temp_path " + at("proxy") + "; fastcgi_temp_path " +
            at("fastcgi") + "; uwsgi_temp_path " + at("uwsgi") + "; scgi_temp_path " + at("scgi") +
            ";\nserver { listen 127.0.0.1:" + std::to_string(port_) + "; root " + at("www") +
            "; default_type application/json; } }\n");
  process_ = std::make_unique<load::child>(
      std::vector<std::string>{nginx, "-p", folder.string(), "-c", at("nginx.conf")},
      std::vector<std::pair<std::string, std::string>>{}, folder / "nginx.out");
  if (!load::await_port("127.0.0.1", port_, *process_, std::chrono::seconds{10}))
    throw std::runtime_error("nginx did not start: " + load::end_of(folder / "nginx.out"));
}

std::string file_server::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/status";
}

burst hammer(const std::string& url, unsigned connections, unsigned seconds,
             const fs::path& folder) {
  const auto script = folder / "figures.lua";
  write(script, summary_script);
  std::istringstream lines{
      load::output_of({wrk, "-t1", "-c" + std::to_string(connections),
                       "-d" + std::to_string(seconds) + "s", "-s", script.string(), url})};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("figures ")) {
      std::istringstream fields{line.substr(8)};
      burst result;
      fields >> result.requests_per_second >> result.p50_us >> result.p95_us >> result.p99_us >>
          result.errors;
      return result;
    }
  throw std::runtime_error("wrk has told no figures");
}

}  // namespace headway::end_to_end
