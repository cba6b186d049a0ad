#include <algorithm>
#include <fstream>

#include <actors/gateway/hooks/hook_receiver.hpp>

namespace headway::gateway {

namespace {

constexpr std::size_t most_remembered = 4'096;
constexpr std::size_t most_secrets = 2;

// Seconds' worth of deliveries that may come at once: a push of many repositories does.
constexpr int burst = 5;

// The first lines that are not empty; what follows is no secret that counts.
std::vector<std::string> secrets_in(const std::string& file) {
  std::vector<std::string> result;
  std::ifstream stream{file};
  for (std::string line; result.size() < most_secrets && std::getline(stream, line);) {
    while (line.ends_with('\r') || line.ends_with(' '))
      line.pop_back();
    if (!line.empty())
      result.push_back(std::move(line));
  }
  return result;
}

}  // namespace

const std::string& hook_receiver::secrets_file(hook_sender sender) const {
  switch (sender) {
    case hook_sender::github:
      return config_.github_secrets;
    case hook_sender::gitlab:
      return config_.gitlab_secrets;
    case hook_sender::gitea:
      return config_.gitea_secrets;
    case hook_sender::bitbucket:
      break;
  }
  return config_.bitbucket_secrets;
}

// Each delivery costs its share of a second; as many as make up the burst may be owed.
bool hook_receiver::may_come(hook_sender sender, time_point now) {
  const auto price = std::chrono::nanoseconds{std::chrono::seconds{1}} / config_.per_second;
  auto& paid_until = paid_until_[static_cast<std::size_t>(sender)];
  paid_until = std::max(paid_until, now);
  if (paid_until - now > std::chrono::seconds{burst})
    return false;
  paid_until += price;
  return true;
}

// Two deliveries without a name are two.
bool hook_receiver::is_repeated(hook_sender sender, const hook_fields& fields) {
  const auto id = delivery_id(sender, fields);
  if (id.empty())
    return false;
  auto name = std::string{to_string(sender)} + " " + id;
  if (!known_.insert(name).second)
    return true;
  known_order_.push_back(std::move(name));
  if (known_order_.size() > most_remembered) {
    known_.erase(known_order_.front());
    known_order_.pop_front();
  }
  return false;
}

hook_verdict hook_receiver::receive(hook_sender sender, const hook_fields& fields,
                                    std::string_view body, time_point now) {
  const auto name = std::string{to_string(sender)};
  if (secrets_file(sender).empty())
    return {404,
            "no deliveries of " + name + " are taken; hooks." + name + "_secrets names no file",
            {}};
  if (!may_come(sender, now))
    return {429, "too many deliveries; see hooks.per_second", {}};
  const auto secrets = secrets_in(secrets_file(sender));
  if (secrets.empty())
    return {503, "the file that hooks." + name + "_secrets names cannot be read, or is empty", {}};
  bool proven = false;
  for (const auto& secret : secrets)
    proven |= proves(sender, fields, body, secret);
  if (!proven)
    return {401, "the delivery is not signed with a secret of this node", {}};
  if (is_repeated(sender, fields))
    return {};
  auto urls = repository_urls(body);
  if (!urls)
    return {400, "the delivery is no JSON object; set its content type to application/json", {}};
  return {202, {}, std::move(*urls)};
}

}  // namespace headway::gateway
