/// The one table of all options. Reading, checking, printing, the example file and reloading are
/// derived from it: a new option is a field in `engine_config.hpp` and a row in `options.cpp`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <config/engine_config.hpp>
#include <config/text_rules.hpp>

namespace headway {

enum class option_kind : std::uint8_t { duration, size, integer, enumeration, text, text_list };

/// When a new value takes effect.
enum class option_change : std::uint8_t { while_running, at_start };

/// Durations in milliseconds, sizes in bytes, enumerations as the index of their name.
using option_value = std::variant<std::uint64_t, std::string, std::vector<std::string>>;

struct config_section {
  std::string_view name;
  std::string_view meaning;
};

struct config_option {
  /// Section and name, such as "fetch.min_interval".
  std::string_view key;
  option_kind kind;
  option_change change;
  /// One or two sentences for the example file.
  std::string_view meaning;
  /// Range of durations, sizes and integers; the word for 0 is allowed besides.
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  /// What 0 is called, such as "auto", where it is no amount; else empty.
  std::string_view zero_word = {};
  /// Names of an enumeration, by value.
  std::span<const std::string_view> names = {};
  /// What a text, or every text of a list, must look like.
  text_rule rule = text_rule::absolute_path;
  /// The field. `set` REQUIRES a value that `violation_of` has nothing against.
  option_value (*get)(const node_config&) = nullptr;
  void (*set)(node_config&, const option_value&) = nullptr;

  constexpr std::string_view section() const noexcept { return key.substr(0, key.find('.')); }
  constexpr std::string_view name() const noexcept { return key.substr(key.find('.') + 1); }
};

/// In the order of the example file; options of one section stand together.
std::span<const config_option> config_options() noexcept;
std::span<const config_section> config_sections() noexcept;

/// Null if there is none of that key.
const config_option* find_option(std::string_view key) noexcept;

}  // namespace headway
