/// One delivery of a webhook: who sends it, and what it carries. Plain functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway::gateway {

enum class hook_sender : std::uint8_t { github, gitlab, gitea, bitbucket };
inline constexpr std::size_t hook_senders = 4;

std::string_view to_string(hook_sender sender) noexcept;
std::optional<hook_sender> hook_sender_from(std::string_view name) noexcept;

/// Fields of a request, by names in lower case.
using hook_fields = std::vector<std::pair<std::string, std::string>>;

/// Whether a field, by its name in lower case, is one that deliveries bring.
bool is_hook_field(std::string_view name) noexcept;

/// Whether the delivery proves that its sender knows `secret`: a HMAC-SHA256 of the raw body, or
/// the secret itself (gitlab). Takes the same time whatever differs. False without the field.
bool proves(hook_sender sender, const hook_fields& fields, std::string_view body,
            std::string_view secret);

/// The sender's own name for this delivery; empty when it gives none.
std::string delivery_id(hook_sender sender, const hook_fields& fields);

/// All addresses that the body gives of the repository it is about; nothing when it is no JSON
/// object. Empty for a delivery that is about none, such as a ping.
std::optional<std::vector<std::string>> repository_urls(std::string_view body);

}  // namespace headway::gateway
