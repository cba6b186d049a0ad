#include <array>

#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

#include <messages/error.hpp>

namespace headway {

namespace {

constexpr std::array<std::string_view, 28> names{
    "none",
    "invalid_argument",
    "not_found",
    "already_exists",
    "not_a_repository",
    "outside_allowed_roots",
    "foreign_owner",
    "permission_denied",
    "unsupported_object_format",
    "missing",
    "corrupt",
    "missing_object",
    "budget_exceeded",
    "io",
    "disk_full",
    "read_only",
    "in_use",
    "newer_schema",
    "overloaded",
    "deadline_exceeded",
    "cancelled",
    "shutting_down",
    "auth_required",
    "network",
    "remote",
    "config",
    "internal",
    "suspended",
};
static_assert(names.size() == static_cast<std::size_t>(ec::suspended) + 1);

}  // namespace

std::string_view to_string(ec code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < names.size() ? names[index] : "internal";
}

caf::error make_error(ec code, std::string detail) {
  return caf::error{static_cast<std::uint8_t>(code), error_category,
                    caf::make_message(std::move(detail))};
}

ec code_of(const caf::error& error) noexcept {
  if (!error)
    return ec::none;
  if (error.category() == error_category)
    return error.code() < names.size() ? static_cast<ec>(error.code()) : ec::internal;
  if (error.category() == caf::atom("exit"))
    return ec::shutting_down;
  if (error == caf::sec::request_timeout)
    return ec::deadline_exceeded;
  if (error == caf::sec::request_receiver_down)
    return ec::shutting_down;
  return ec::internal;
}

std::string detail_of(const caf::error& error) {
  if (!error)
    return {};
  if (error.category() == error_category && error.context().match_elements<std::string>())
    return error.context().get_as<std::string>(0);
  if (error == caf::sec::request_receiver_down || error.category() == caf::atom("exit"))
    return "the part that answers this has stopped";
  if (error == caf::sec::request_timeout)
    return "no answer in time";
  return caf::to_string(error.context());
}

std::string describe(const caf::error& error) {
  std::string text{to_string(code_of(error))};
  if (auto detail = detail_of(error); !detail.empty())
    text.append(": ").append(detail);
  return text;
}

}  // namespace headway
