#include <algorithm>

#include <messages/error.hpp>
#include <storage/git/fetch_answer.hpp>
#include <storage/git/refspec.hpp>

namespace headway::git {

namespace {

constexpr std::string_view peeled = "^{}";

bool plausible_ref_name(std::string_view name) {
  const auto forbidden = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  return name == "HEAD" ||
         (name.starts_with("refs/") && name.size() > 5 && std::ranges::none_of(name, forbidden));
}

caf::error senseless(std::size_t line) {
  return make_error(ec::remote,
                    "line " + std::to_string(line) +
                        " of the remote's list of refs makes no sense; nothing was changed");
}

bool maps(std::string_view text, const tracked_ref& ref) {
  const auto spec = refspec::parse(text);
  return spec && to_tracking({*spec}, ref.remote_ref) == ref.tracking_ref;
}

bool all_below(const std::vector<tracked_ref>& tracked,
               std::initializer_list<std::string_view> roots) {
  return std::ranges::all_of(tracked, [roots](const auto& ref) {
    return std::ranges::any_of(roots,
                               [&ref](auto root) { return ref.remote_ref.starts_with(root); });
  });
}

}  // namespace

caf::expected<advertised_refs> parse_answer(std::string_view output) {
  constexpr std::size_t hex_digits = 40;
  advertised_refs result;
  std::size_t number = 0;
  while (!output.empty()) {
    ++number;
    const auto end = output.find('\n');
    const auto line = output.substr(0, end);
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
    const auto id = oid::from_hex(line.substr(0, hex_digits));
    const auto well_formed = end != std::string_view::npos && line.size() > hex_digits &&
                             line[hex_digits] == '\t' && id && !id->is_zero();
    if (!well_formed || !plausible_ref_name(line.substr(hex_digits + 1)) ||
        !result.emplace(line.substr(hex_digits + 1), *id).second)
      return senseless(number);
  }
  return result;
}

remote::advertised_tags tags_in(const advertised_refs& answer) {
  remote::advertised_tags tags;
  for (const auto& [name, id] : answer) {
    if (!name.starts_with("refs/tags/") || name.ends_with(peeled))
      continue;
    const auto target = answer.find(name + std::string{peeled});
    tags.emplace(name, remote::advertised_tag{id, target == answer.end() ? id : target->second});
  }
  return tags;
}

fetch_plan compare(const std::vector<tracked_ref>& tracked, const advertised_refs& answer) {
  fetch_plan plan;
  std::size_t present = 0;
  for (const auto& ref : tracked) {
    present += ref.tip.has_value() ? 1 : 0;
    const auto found = answer.find(ref.remote_ref);
    if (found == answer.end()) {
      if (ref.tip)
        plan.gone.push_back(ref);
    } else if (ref.tip != found->second) {
      plan.moved.push_back(ref);
    }
  }
  if (plan.gone.empty())
    return plan;
  if (answer.empty())
    plan.refused = "the remote answered without any ref; nothing was changed";
  else if (present > 1 && 2 * plan.gone.size() > present)
    plan.refused = "the remote's answer lacks " + std::to_string(plan.gone.size()) + " of " +
                   std::to_string(present) +
                   " tracked refs; none was deleted (if that is right, run git fetch --prune)";
  if (!plan.refused.empty())
    plan.gone.clear();
  return plan;
}

bool may_be_rewritten(const tracked_ref& ref, const std::vector<std::string>& configured) {
  return std::ranges::any_of(configured, [&ref](std::string_view text) {
    return text.starts_with('+') && maps(text, ref);
  });
}

std::vector<std::string> ref_classes(const std::vector<tracked_ref>& tracked) {
  if (all_below(tracked, {"refs/heads/"}))
    return {"--heads"};
  if (all_below(tracked, {"refs/heads/", "refs/tags/"}))
    return {"--heads", "--tags"};
  return {};
}

}  // namespace headway::git
