#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <sstream>

#include <arpa/inet.h>

#include <messages/error.hpp>
#include <messages/ip_address.hpp>
#include <messages/url.hpp>
#include <storage/git/address_check.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_failure.hpp>
#include <storage/git/ssh_sharing.hpp>

namespace headway::git {

namespace {

using std::chrono::milliseconds;

bool is_public(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
    return !is_private_address(std::span{bytes}.first(4));
  return ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 && !is_private_address(bytes);
}

caf::error refusal(const std::string& why) {
  return make_error(ec::config, why + ", which fetch.deny_private_addresses refuses");
}

struct asker {
  milliseconds deadline;
  const cancellation& cancel;

  caf::expected<std::string> operator()(std::vector<std::string> argv,
                                        const std::string& attempted) const {
    child_command command;
    command.argv = std::move(argv);
    command.deadline = deadline;
    command.kill_grace = milliseconds{100};
    auto result = run(command, cancel);
    if (!result)
      return std::move(result.error());
    if (result->how == child_result::ending::exited && result->status == 0)
      return std::move(result->output);
    if (result->how == child_result::ending::exited)
      return make_error(ec::network, attempted + ": the name is not known");
    const auto failure = classify(attempted, *result);
    return make_error(failure.code, failure.sentence);
  }
};

// A child can be stopped; a look-up in this process would hold the thread until the servers of
// names give up.
caf::expected<std::vector<std::string>> public_addresses(const std::string& host,
                                                         const asker& ask) {
  const auto found = ask({"getent", "ahosts", host}, "looking up " + host);
  if (!found)
    return found.error();
  std::vector<std::string> result;
  std::istringstream lines{*found};
  for (std::string line; std::getline(lines, line);) {
    auto address = line.substr(0, line.find_first_of(" \t"));
    if (!is_public(address))
      return refusal(host + " leads to an address of a private network");
    if (std::ranges::find(result, address) == result.end())
      result.push_back(std::move(address));
  }
  return result;
}

struct host_and_port {
  std::string host;
  std::string port;
};

// Of "scheme://host:port".
host_and_port split(const std::string& key) {
  const auto begin = key.find("://") + 3;
  const auto colon = key.rfind(':');
  auto host = key.substr(begin, colon - begin);
  std::erase_if(host, [](char c) { return c == '[' || c == ']'; });
  return {host, key.substr(colon + 1)};
}

caf::expected<std::vector<std::string>> pin(const std::string& url, const asker& ask) {
  const auto [host, port] = split(host_key(url));
  const auto addresses = public_addresses(host, ask);
  if (!addresses)
    return addresses.error();
  std::vector<std::string> result{"-c", "http.followRedirects=false"};
  // An address in place of a name leads nowhere else.
  if (host.find(':') != std::string::npos)
    return result;
  auto pinned = "http.curloptResolve=" + host + ":" + port + ":";
  for (const auto& address : *addresses) {
    const bool is_long = address.find(':') != std::string::npos;
    pinned += (pinned.ends_with(':') ? "" : ",") + (is_long ? "[" + address + "]" : address);
  }
  result.insert(result.end(), {"-c", pinned});
  return result;
}

caf::error check_ssh(const std::string& url, const std::string& command, const asker& ask) {
  const auto named = ssh_destination_of(url).host;
  if (!is_openssh(command) || named.empty() || named.front() == '-')
    return refusal("only OpenSSH can say which address it would use");
  const auto settings = ask({"/bin/sh", "-c", "exec " + command + " -G -- \"$0\"", named},
                            "asking ssh about " + named);
  if (!settings)
    return settings.error();
  std::string host;
  std::istringstream lines{*settings};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("hostname "))
      host = line.substr(9);
    else if ((line.starts_with("proxyjump ") || line.starts_with("proxycommand ")) &&
             !line.ends_with(" none"))
      return refusal(named + " is reached by way of another host");
  const auto addresses = public_addresses(host, ask);
  return addresses ? caf::error{} : addresses.error();
}

}  // namespace

caf::expected<std::vector<std::string>> check_addresses(const std::string& url,
                                                        const std::string& ssh_command,
                                                        milliseconds deadline,
                                                        const cancellation& cancel) {
  const asker ask{deadline, cancel};
  const auto transport = transport_of(url);
  if (transport == "file")
    return std::vector<std::string>{};
  if (transport == "http" || transport == "https")
    return pin(url, ask);
  if (transport == "ssh") {
    if (auto error = check_ssh(url, ssh_command, ask))
      return error;
    return std::vector<std::string>{};
  }
  return refusal("a git:// address can lead anywhere");
}

}  // namespace headway::git
