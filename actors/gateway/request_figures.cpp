#include <algorithm>
#include <cstdio>

#include <actors/gateway/request_figures.hpp>

namespace headway::gateway {

namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

void request_figures::answered(unsigned status, std::chrono::nanoseconds took) {
  auto& figure = by_class_[std::clamp(status / 100, 1u, 5u) - 1];
  const auto seconds = std::chrono::duration<double>(took).count();
  const auto bucket = std::ranges::lower_bound(bounds, seconds) - bounds.begin();
  ++figure.buckets[static_cast<std::size_t>(bucket)];
  figure.sum += took;
}

std::string request_figures::text() const {
  static constexpr const char* name = "headway_http_request_seconds";
  std::string text = std::string{"# HELP "} + name +
                     " Time from a whole request to its answer, by class of status.\n# TYPE " +
                     name + " histogram\n";
  for (std::size_t i = 0; i < by_class_.size(); ++i) {
    const auto& figure = by_class_[i];
    const auto label = "class=\"" + std::to_string(i + 1) + "xx\"";
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket < figure.buckets.size(); ++bucket) {
      count += figure.buckets[bucket];
      const auto bound = bucket < bounds.size() ? number(bounds[bucket]) : std::string{"+Inf"};
      text += std::string{name} + "_bucket{" + label + ",le=\"" + bound + "\"} " +
              std::to_string(count) + "\n";
    }
    text += std::string{name} + "_sum{" + label + "} " +
            number(std::chrono::duration<double>(figure.sum).count()) + "\n" + name + "_count{" +
            label + "} " + std::to_string(count) + "\n";
  }
  return text;
}

}  // namespace headway::gateway
