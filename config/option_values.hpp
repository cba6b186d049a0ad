/// Values of options as text: read, checked, and written. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include <config/options.hpp>

namespace headway {

/// Reads what a person wrote, without quotation marks: "30 s", "256 MiB", "8", "auto", "info". A
/// list is separated by commas and must not hold empty items; "" is the empty list. Fails with
/// `ec::config` and a sentence for `diagnostic::message`; the result has passed `violation_of`.
caf::expected<option_value> parse_value(const config_option& option, std::string_view text);

/// What is wrong with a value of the right type, such as "is too small"; empty if nothing is.
std::string violation_of(const config_option& option, const option_value& value);

/// What the option takes, in words, such as `"100 ms" to "30 d"`.
std::string allowed_values(const config_option& option);

/// A sentence for `diagnostic::message`: what is wrong, then what is allowed.
std::string refusal(const config_option& option, std::string_view what_is_wrong);

/// As a TOML literal, such as `"30 s"`, `8`, `["https", "ssh"]`.
std::string format_value(const config_option& option, const option_value& value);

/// A TOML basic string with its quotation marks; control characters are escaped.
std::string toml_string(std::string_view text);

/// At most 60 bytes, cut between characters and marked with "…", for messages.
std::string shortened(std::string text);

/// `text`, a refused value of the option, as it may be shown: empty when it may be a secret.
std::string presentable(const config_option& option, std::string text);

}  // namespace headway
