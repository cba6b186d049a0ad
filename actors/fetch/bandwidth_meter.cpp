#include <algorithm>
#include <cmath>

#include <actors/fetch/bandwidth_meter.hpp>

namespace headway {

namespace {

constexpr std::chrono::seconds burst{10};

}  // namespace

void token_bucket::charge(std::uint64_t bytes, wall_time now) {
  if (rate_ == 0)
    return;
  const std::chrono::duration<double> price{static_cast<double>(bytes) /
                                            static_cast<double>(rate_)};
  paid_until_ =
      std::max(paid_until_, now - burst) + std::chrono::duration_cast<wall_time::duration>(price);
}

bool token_bucket::open(wall_time now) const {
  return rate_ == 0 || paid_until_ <= now;
}

void token_bucket::set_rate(std::uint64_t rate) {
  rate_ = rate;
  paid_until_ = {};
}

void bandwidth_meter::configure(std::uint64_t rate, std::uint64_t rate_per_host) {
  all_.set_rate(rate);
  rate_per_host_ = rate_per_host;
  hosts_.clear();
}

void bandwidth_meter::set_back(wall_time::duration by) {
  all_.set_back(by);
  for (auto& [host, bucket] : hosts_)
    bucket.set_back(by);
}

void bandwidth_meter::charge(const std::string& host, std::uint64_t bytes, wall_time now) {
  all_.charge(bytes, now);
  if (rate_per_host_ == 0 || host == "file")
    return;
  std::erase_if(hosts_,
                [now](const auto& known) { return known.second.opens_at() + burst <= now; });
  hosts_.try_emplace(host, rate_per_host_).first->second.charge(bytes, now);
}

bool bandwidth_meter::open(const std::string& host, wall_time now) const {
  const auto it = hosts_.find(host);
  return it == hosts_.end() || it->second.open(now);
}

}  // namespace headway
