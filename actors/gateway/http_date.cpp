#include <array>
#include <string_view>

#include <actors/gateway/http_date.hpp>

namespace headway::gateway {

namespace {

constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_two_digits(std::string& out, unsigned value) {
  out.push_back(static_cast<char>('0' + value / 10 % 10));
  out.push_back(static_cast<char>('0' + value % 10));
}

}  // namespace

std::string render_http_date(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::string text{day_names[weekday{day}.c_encoding()]};
  append_two_digits(text.append(", "), static_cast<unsigned>(date.day()));
  text.append(" ").append(month_names[static_cast<unsigned>(date.month()) - 1]).append(" ");
  text.append(std::to_string(static_cast<int>(date.year())));
  append_two_digits(text.append(" "), static_cast<unsigned>(clock.hours().count()));
  append_two_digits(text.append(":"), static_cast<unsigned>(clock.minutes().count()));
  append_two_digits(text.append(":"), static_cast<unsigned>(clock.seconds().count()));
  return text.append(" GMT");
}

const std::string& http_date::at(std::chrono::system_clock::time_point now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != second_) {
    second_ = second;
    text_ = render_http_date(second);
  }
  return text_;
}

}  // namespace headway::gateway
