#include <cmath>
#include <cstdio>

#include <tools/terminal/meter.hpp>

namespace headway::terminal {

namespace {

constexpr std::size_t bar_columns = 20;

std::string bar(std::size_t done, std::size_t all) {
  const auto filled = all == 0 ? 0 : std::min(bar_columns, done * bar_columns / all);
  std::string text{"["};
  for (std::size_t i = 0; i < bar_columns; ++i)
    text += i < filled ? "#" : "·";
  return text + "]";
}

std::string rate_in_words(double per_second) {
  char text[32];
  std::snprintf(text, sizeof text, per_second < 10 ? "%.1f/s" : "%.0f/s", per_second);
  return text;
}

std::string rest_in_words(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(seconds));
  return whole < 120 ? std::to_string(whole) + " s left"
                     : std::to_string((whole + 59) / 60) + " min left";
}

}  // namespace

std::string meter::text(std::string_view name, std::size_t done, std::size_t all, time now) {
  if (name != name_ || done < last_ || begun_ == time{}) {
    name_ = name;
    begun_ = now;
    at_begin_ = done;
  }
  last_ = done;
  auto result =
      name_ + " " + bar(done, all) + " " + std::to_string(done) + "/" + std::to_string(all);
  const auto seconds = std::chrono::duration<double>(now - begun_).count();
  if (seconds < 1 || done == at_begin_)
    return result;
  const auto rate = static_cast<double>(done - at_begin_) / seconds;
  result += ", " + rate_in_words(rate);
  if (done < all)
    result += ", " + rest_in_words(static_cast<double>(all - done) / rate);
  return result;
}

}  // namespace headway::terminal
