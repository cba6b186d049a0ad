#include <tools/terminal/age.hpp>

namespace headway::terminal {

namespace {

template <class Unit>
std::string in_units(std::chrono::seconds passed, const char* unit) {
  return std::to_string(std::chrono::duration_cast<Unit>(passed).count()) + unit;
}

}  // namespace

std::string age(const std::optional<std::chrono::system_clock::time_point>& then,
                std::chrono::system_clock::time_point now) {
  using namespace std::chrono;
  if (!then)
    return "never";
  const auto passed = duration_cast<seconds>(now - *then);
  if (passed < 10s)
    return "just now";
  if (passed < 1min)
    return in_units<seconds>(passed, " s ago");
  if (passed < 1h)
    return in_units<minutes>(passed, " min ago");
  if (passed < days{1})
    return in_units<hours>(passed, " h ago");
  if (passed < days{60})
    return in_units<days>(passed, " d ago");
  if (passed < years{2})
    return in_units<months>(passed, " mo ago");
  return in_units<years>(passed, " y ago");
}

}  // namespace headway::terminal
