#include <variant>

#include <messages/error.hpp>
#include <tools/headway/console.hpp>
#include <tools/headway/database_commands.hpp>
#include <tools/headway/doctor.hpp>
#include <tools/headway/node_commands.hpp>
#include <tools/headway/options.hpp>
#include <tools/headway/plan.hpp>
#include <tools/headway/program.hpp>
#include <tools/headway/status.hpp>
#include <tools/headway/watch.hpp>
#include <tools/process/directories.hpp>

namespace headway::tools {

namespace {

/// Runs the command that was given; one line each.
class dispatch {
 public:
  dispatch(const headway_options& options, console& out) : options_(options), out_(out) {}

  int operator()(const status_command& x) { return run_status(x, options_, out_); }
  int operator()(const add_command& x) { return with_node(run_add, x); }
  int operator()(const remove_command& x) { return with_node(run_remove, x); }
  int operator()(const activity_command& x) { return with_node(run_activity, x); }
  int operator()(const list_command& x) { return with_node(run_list, x); }
  int operator()(const fetch_command& x) { return with_node(run_fetch, x); }
  int operator()(const watch_command& x) { return with_node(run_watch, x); }
  int operator()(const doctor_command&) { return run_doctor(url(), out_); }
  int operator()(const completion_command& x) {
    return out_.print(completion_script(x.which, headway_words()));
  }
  int operator()(const database_command& x) { return run_database(x, out_); }
  int operator()(const plan_command& x) { return run_plan(x, out_); }

 private:
  std::string url() const { return options_.node.value_or(usual_node); }

  template <class Command>
  int with_node(int (*run)(const Command&, node&, console&), const Command& command) {
    auto asked = out_.connect(url());
    return asked ? run(command, *asked, out_) : out_.fail(asked.error());
  }

  const headway_options& options_;
  console& out_;
};

}  // namespace

int run_headway(std::vector<std::string> arguments) {
  const auto parsed =
      parse_headway_options(std::move(arguments), process_environment()("HEADWAY_NODE"));
  const signal_inbox signals{SIGINT, SIGTERM};
  if (const auto* end = std::get_if<early_end>(&parsed))
    return end_early(*end);
  const auto& options = std::get<headway_options>(parsed);
  auto access = access_of(options.token_file, process_environment());
  console out{options.color, signals, access ? std::move(*access) : node_access{}};
  if (!access)
    return out.fail(access.error());
  const int status = std::visit(dispatch{options, out}, options.command);
  return out.interrupted().value_or(status);
}

}  // namespace headway::tools
