#include <algorithm>

#include <actors/gateway/rate_limiter.hpp>

namespace headway::gateway {

namespace {

constexpr std::chrono::seconds burst{2};

}  // namespace

bool rate_limiter::admit(const std::string& client, time_point now) {
  if (per_second_ == 0 || client.empty())
    return true;
  const auto price = std::chrono::nanoseconds{std::chrono::seconds{1}} / per_second_;
  auto& paid_until = bucket_of(client, now);
  paid_until = std::max(paid_until, now);
  if (paid_until + price - now > burst)
    return false;
  paid_until += price;
  return true;
}

rate_limiter::time_point& rate_limiter::bucket_of(const std::string& client, time_point now) {
  if (const auto found = paid_until_.find(client); found != paid_until_.end())
    return found->second;
  if (paid_until_.size() >= most_)
    std::erase_if(paid_until_, [now](const auto& each) { return each.second <= now; });
  if (paid_until_.size() >= most_)
    return of_all_others_;
  return paid_until_[client];
}

}  // namespace headway::gateway
