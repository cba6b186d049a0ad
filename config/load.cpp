#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <tuple>

#include <toml++/toml.h>

#include <config/load.hpp>
#include <config/nearest.hpp>
#include <config/option_values.hpp>
#include <config/options.hpp>
#include <config/units.hpp>
#include <config/validate.hpp>
#include <messages/error.hpp>

namespace headway {
namespace {

using place = toml::source_position;

std::string type_of(const toml::node& node) {
  if (node.is_table())
    return "a table";
  if (node.is_array())
    return "a list";
  if (node.is_string())
    return "a text";
  if (node.is_boolean())
    return "true or false";
  return node.is_integer() || node.is_floating_point() ? "a number" : "a date or time";
}

/// The value as it is shown in a message; not necessarily as it was written.
std::string shown(const toml::node& node) {
  if (const auto* text = node.as_string())
    return toml_string(text->get());
  if (const auto* number = node.as_integer())
    return std::to_string(number->get());
  if (const auto* truth = node.as_boolean())
    return truth->get() ? "true" : "false";
  const auto* list = node.as_array();
  if (!list)
    return "(" + type_of(node) + ")";
  std::string items;
  for (const auto& item : *list)
    items += (items.empty() ? "" : ", ") + (item.is_array() ? "(a list)" : shown(item));
  return "[" + items + "]";
}

std::string wanted(const config_option& option) {
  switch (option.kind) {
    case option_kind::duration:
      return "must be a text with a unit: write " + std::string{duration_form};
    case option_kind::size:
      return "must be a text with a unit: write " + std::string{size_form};
    case option_kind::integer:
      return "must be a whole number without quotation marks";
    case option_kind::enumeration:
      return "must be a name in quotation marks";
    case option_kind::text:
      return "must be a text in quotation marks";
    case option_kind::text_list:
      return "must be a list of texts";
  }
  return {};
}

caf::error wrong_type(const config_option& option, const toml::node& node) {
  return make_error(ec::config, refusal(option, "is " + type_of(node) + " and " + wanted(option)));
}

caf::expected<option_value> checked(const config_option& option, option_value value) {
  if (const auto problem = violation_of(option, value); !problem.empty())
    return make_error(ec::config, refusal(option, problem));
  return value;
}

caf::expected<option_value> read_list(const config_option& option, const toml::array& list) {
  std::vector<std::string> items;
  for (const auto& item : list) {
    const auto* text = item.as_string();
    if (!text)
      return make_error(ec::config,
                        refusal(option, "holds " + type_of(item) + " and " + wanted(option)));
    items.push_back(text->get());
  }
  return checked(option, std::move(items));
}

caf::expected<option_value> read_number(const config_option& option, std::int64_t number) {
  if (number < 0)
    return make_error(ec::config, refusal(option, "is too small"));
  return checked(option, static_cast<std::uint64_t>(number));
}

caf::expected<option_value> read_value(const config_option& option, const toml::node& node) {
  if (option.kind == option_kind::text_list && node.is_array())
    return read_list(option, *node.as_array());
  if (option.kind == option_kind::integer && node.is_integer())
    return read_number(option, node.as_integer()->get());
  const auto* text = node.as_string();
  if (!text || option.kind == option_kind::text_list)
    return wrong_type(option, node);
  if (option.kind == option_kind::integer && text->get() != option.zero_word)
    return wrong_type(option, node);
  if (option.kind == option_kind::text)
    return checked(option, text->get());
  return parse_value(option, text->get());
}

std::string all_sections() {
  std::string names;
  for (const auto& section : config_sections())
    names += (names.empty() ? "[" : ", [") + std::string{section.name} + "]";
  return names;
}

std::string names_in(std::string_view section) {
  std::string names;
  for (const auto& option : config_options())
    if (option.section() == section)
      names += (names.empty() ? "" : ", ") + std::string{option.name()};
  return names;
}

/// As TOML would spell a key, so that odd ones cannot garble a message.
std::string spelled(std::string_view key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-';
  });
  return bare ? std::string{key} : shortened(toml_string(key));
}

class reader {
 public:
  explicit reader(std::string_view name) : name_{name} {}

  void read(const toml::table& root) {
    for (const auto& [key, node] : root)
      read_section(key, node);
  }

  load_result finish() {
    report_contradictions();
    std::ranges::stable_sort(result_.diagnostics, {}, [](const diagnostic& problem) {
      return std::tuple{problem.line, problem.column};
    });
    return std::move(result_);
  }

  void report(const place& where, std::string key, std::string value, std::string message) {
    result_.diagnostics.push_back({.file = name_,
                                   .line = where.line,
                                   .column = where.column,
                                   .key = std::move(key),
                                   .value = shortened(std::move(value)),
                                   .message = std::move(message)});
  }

 private:
  void read_section(const toml::key& key, const toml::node& node) {
    const auto name = key.str();
    if (std::ranges::find(config_sections(), name, &config_section::name) ==
        config_sections().end())
      return report_unknown_section(key, node);
    const auto* section = node.as_table();
    if (!section)
      return report(node.source().begin, std::string{name}, shown(node),
                    "must be a section: write [" + std::string{name} + "], options below it");
    for (const auto& [option, value] : *section)
      read_option(name, option, value);
  }

  void read_option(std::string_view section, const toml::key& key, const toml::node& node) {
    const auto* option = find_option(std::string{section} + "." + std::string{key.str()});
    if (!option)
      return report_unknown_option(section, key, node);
    places_[option->key] = node.source().begin;
    const auto value = read_value(*option, node);
    if (value)
      return option->set(result_.config, *value);
    broken_.insert(option->key);
    report(node.source().begin, std::string{option->key}, presentable(*option, shown(node)),
           detail_of(value.error()));
  }

  void report_unknown_section(const toml::key& key, const toml::node& node) {
    auto message = "is unknown; allowed: " + all_sections();
    if (!node.is_table()) {
      const auto meant = nearest_option(key.str());
      return report_unknown(key, spelled(key.str()), node, meant, std::move(message));
    }
    const auto meant = nearest_section(key.str());
    report_unknown(key, "[" + spelled(key.str()) + "]", node,
                   meant.empty() ? "" : "[" + std::string{meant} + "]", std::move(message));
  }

  void report_unknown_option(std::string_view section, const toml::key& key,
                             const toml::node& node) {
    const auto full = std::string{section} + "." + std::string{key.str()};
    report_unknown(key, std::string{section} + "." + spelled(key.str()), node, nearest_option(full),
                   "is unknown; allowed in [" + std::string{section} + "]: " + names_in(section));
  }

  /// Shows the value only if an option of ours was meant: anything else may be a secret of another
  /// program's.
  void report_unknown(const toml::key& key, std::string spelling, const toml::node& node,
                      std::string_view meant, std::string message) {
    if (meant.empty())
      return report(key.source().begin, std::move(spelling), "(" + type_of(node) + ")",
                    std::move(message));
    message.insert(std::string_view{"is unknown"}.size(),
                   " (did you mean " + std::string{meant} + "?)");
    report(key.source().begin, std::move(spelling), shown(node), std::move(message));
  }

  void report_contradictions() {
    for (const auto& pair : contradictions(result_.config)) {
      if (broken_.contains(pair.lower->key) || broken_.contains(pair.upper->key))
        continue;
      const auto lower = place_of(pair.lower->key);
      const auto upper = place_of(pair.upper->key);
      const bool lower_is_later =
          std::tie(lower.line, lower.column) > std::tie(upper.line, upper.column);
      const auto& blamed = lower_is_later ? *pair.lower : *pair.upper;
      auto problem = explain(pair, blamed, result_.config);
      report(lower_is_later ? lower : upper, std::move(problem.key), std::move(problem.value),
             std::move(problem.message));
    }
  }

  /// Line 0 if the source does not name the option.
  place place_of(std::string_view key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? place{0, 0} : found->second;
  }

  std::string name_;
  load_result result_;
  std::map<std::string_view, place> places_;
  std::set<std::string_view> broken_;
};

load_result failure(std::string_view name, std::string message) {
  reader report{name};
  report.report(place{0, 0}, {}, {}, std::move(message));
  return report.finish();
}

/// The first line that nests keys so deeply that toml++ 3.3 would run out of stack when it frees
/// them (it bounds the depth of values, not of dotted keys); 0 if there is none. Not exact in
/// strings of several lines, where it only sees fewer or more dots than there are.
place too_deep(std::string_view text) {
  constexpr std::size_t most_dots = 64;
  place at{1, 0};
  std::size_t dots = 0;
  char quote = 0;
  bool comment = false;
  for (const char c : text) {
    ++at.column;
    if (c == '\n') {
      at = {at.line + 1, 0};
      dots = 0;
      quote = 0;
      comment = false;
    } else if (quote != 0) {
      quote = c == quote ? '\0' : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      comment = true;
    } else if (c == '.' && !comment && ++dots > most_dots) {
      return at;
    }
  }
  return {0, 0};
}

std::string too_large() {
  return "is larger than " + format_size(max_config_size) + ", which no configuration is";
}

struct close_file {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

caf::error system_failure(std::string_view what, int code) {
  return make_error(ec::io, std::string{what} + ": " + std::generic_category().message(code));
}

/// The whole file, or one byte more than allowed.
caf::expected<std::string> read_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, close_file> file{std::fopen(path.c_str(), "rbe")};
  if (!file)
    return system_failure("cannot be opened", errno);
  std::string text(max_config_size + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0)
    return system_failure("cannot be read", errno);
  return text;
}

}  // namespace

load_result load_text(std::string_view text, std::string_view name) {
  if (text.size() > max_config_size)
    return failure(name, too_large());
  reader source{name};
  if (const auto where = too_deep(text); where.line != 0) {
    source.report(where, {}, {}, "keys are nested too deeply in this line");
    return source.finish();
  }
  try {
    source.read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    source.report(error.source().begin, {}, {},
                  "is not valid TOML: " + std::string{error.description()});
  }
  return source.finish();
}

load_result load_file(const std::filesystem::path& path) {
  const auto name = path.string();
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (status.type() == std::filesystem::file_type::not_found)
    return failure(name, "there is no such file");
  if (problem)
    return failure(name, "cannot be opened: " + problem.message());
  // Others, such as pipes, could make the start wait for ever.
  if (std::filesystem::is_directory(status))
    return failure(name, "is a directory; allowed: a file");
  if (!std::filesystem::is_regular_file(status))
    return failure(name, "is no regular file");
  const auto text = read_file(path);
  if (!text)
    return failure(name, detail_of(text.error()));
  return load_text(*text, name);
}

}  // namespace headway
