#include <config/options.hpp>
#include <config/reload.hpp>

namespace headway {

reload_plan plan_reload(const node_config& running, const node_config& wanted) {
  reload_plan plan{.effective = running};
  for (const auto& option : config_options()) {
    const auto value = option.get(wanted);
    if (value == option.get(running))
      continue;
    if (option.change == option_change::while_running) {
      option.set(plan.effective, value);
      plan.applied.emplace_back(option.key);
    } else {
      plan.needs_restart.emplace_back(option.key);
    }
  }
  return plan;
}

}  // namespace headway
