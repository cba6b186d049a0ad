#include <algorithm>
#include <array>
#include <string_view>

#include <config/option_values.hpp>
#include <config/validate.hpp>

namespace headway {
namespace {

struct ordered_pair {
  std::string_view lower;
  std::string_view upper;
};

// Both of a pair change while running, or neither: else a reload could make a contradiction.
constexpr std::array ordered_pairs{
    ordered_pair{"fetch.min_interval", "fetch.max_interval"},
    ordered_pair{"fetch.min_concurrent", "fetch.max_concurrent"},
    ordered_pair{"fetch.deadline", "fetch.max_deadline"},
    ordered_pair{"fetch.backoff", "fetch.max_backoff"},
};

std::uint64_t amount_of(const config_option& option, const node_config& config) {
  return std::get<std::uint64_t>(option.get(config));
}

bool contradicts(const contradiction& pair, const node_config& config) {
  const auto upper = amount_of(*pair.upper, config);
  const bool unbounded = upper == 0 && !pair.upper->zero_word.empty();
  return !unbounded && amount_of(*pair.lower, config) > upper;
}

diagnostic missing_companion(std::string_view key, std::string_view missing) {
  diagnostic problem;
  problem.key = key;
  problem.message =
      "needs " + std::string{missing} + ", too; set both, or none to speak plain HTTP";
  return problem;
}

}  // namespace

std::vector<contradiction> contradictions(const node_config& config) {
  std::vector<contradiction> found;
  for (const auto& [lower, upper] : ordered_pairs) {
    const contradiction pair{find_option(lower), find_option(upper)};
    if (contradicts(pair, config))
      found.push_back(pair);
  }
  return found;
}

diagnostic explain(const contradiction& pair, const config_option& blamed,
                   const node_config& config) {
  const bool too_large = &blamed == pair.lower;
  const auto& other = too_large ? *pair.upper : *pair.lower;
  const auto limit = other.get(config);
  const auto limit_text = format_value(other, limit);
  const bool is_default = limit == other.get(node_config{});
  diagnostic problem;
  problem.key = blamed.key;
  problem.value = format_value(blamed, blamed.get(config));
  problem.message = std::string{too_large ? "is more than " : "is less than "} +
                    std::string{other.key} + ", which is " + limit_text +
                    (is_default ? " by default" : "") +
                    (too_large ? "; allowed: at most " : "; allowed: at least ") + limit_text;
  return problem;
}

std::vector<diagnostic> validate(const node_config& config) {
  std::vector<diagnostic> problems;
  std::vector<const config_option*> broken;
  for (const auto& option : config_options()) {
    const auto value = option.get(config);
    const auto violation = violation_of(option, value);
    if (violation.empty())
      continue;
    broken.push_back(&option);
    diagnostic problem;
    problem.key = option.key;
    problem.value = presentable(option, format_value(option, value));
    problem.message = refusal(option, violation);
    problems.push_back(std::move(problem));
  }
  const auto is_broken = [&broken](const config_option* option) {
    return std::ranges::find(broken, option) != broken.end();
  };
  for (const auto& pair : contradictions(config))
    if (!is_broken(pair.lower) && !is_broken(pair.upper))
      problems.push_back(explain(pair, *pair.upper, config));
  if (config.http.tls_certificate.empty() != config.http.tls_key.empty())
    problems.push_back(config.http.tls_key.empty()
                           ? missing_companion("http.tls_certificate", "http.tls_key")
                           : missing_companion("http.tls_key", "http.tls_certificate"));
  return problems;
}

}  // namespace headway
