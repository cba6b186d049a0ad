#include <array>

#include <messages/fetch.hpp>

namespace headway {

namespace {

constexpr std::array<std::string_view, 4> reason_names{"user_asked", "hinted", "project_opened",
                                                       "due"};
constexpr std::array<std::string_view, 3> stage_names{"queued", "running", "done"};
constexpr std::array<std::string_view, 3> backend_names{"auto", "git", "native"};

}  // namespace

std::string_view to_string(fetch_reason reason) noexcept {
  return reason_names[static_cast<std::size_t>(reason)];
}

std::string_view to_string(fetch_stage stage) noexcept {
  return stage_names[static_cast<std::size_t>(stage)];
}

std::optional<fetch_reason> fetch_reason_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < reason_names.size(); ++i)
    if (reason_names[i] == name)
      return static_cast<fetch_reason>(i);
  return std::nullopt;
}

std::string_view to_string(fetch_backend backend) noexcept {
  return backend_names[static_cast<std::size_t>(backend)];
}

std::optional<fetch_backend> fetch_backend_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < backend_names.size(); ++i)
    if (backend_names[i] == name)
      return static_cast<fetch_backend>(i);
  return std::nullopt;
}

}  // namespace headway
