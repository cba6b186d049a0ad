/// A program that runs CAF itself: two engines live in its actor system, and an actor of its own
/// talks to theirs.
///
///     caf_host CLONE CLONE
///
/// Prints one line "engine branch ahead behind state" per branch.
#include <array>
#include <iostream>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include <actors/engine.hpp>

namespace {

struct host_config : caf::actor_system_config {
  host_config() { headway::engine::configure(*this); }
};

struct question {
  headway::project_registry_actor registry;
  headway::project_id project;
};

std::string count(const std::optional<std::uint64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

void print(std::size_t engine, const headway::sync_status& status) {
  for (const auto& branch : status.branches)
    std::cout << engine << ' ' << branch.name << ' ' << count(branch.ahead) << ' '
              << count(branch.behind) << ' ' << headway::to_string(branch.state) << std::endl;
}

/// Asks all registries at once. Without a behaviour it ends when the last has answered.
class inquirer : public caf::event_based_actor {
 public:
  inquirer(caf::actor_config& config, std::vector<question> questions)
      : caf::event_based_actor(config), questions_(std::move(questions)) {}

  caf::behavior make_behavior() override {
    for (std::size_t i = 0; i < questions_.size(); ++i)
      request(questions_[i].registry, std::chrono::seconds{30},
              headway::status_request{questions_[i].project})
          .then([i](const headway::status_answer& answer) { print(i, *answer.status); },
                [this](caf::error& error) {
                  std::cerr << headway::describe(error) << '\n';
                  quit(std::move(error));
                });
    return {};
  }

  /// The engines must outlive all handles of their actors.
  void on_exit() override { questions_.clear(); }

 private:
  std::vector<question> questions_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  host_config config;
  caf::actor_system system{config};
  std::array<headway::engine, 2> engines{headway::engine{{}, system}, headway::engine{{}, system}};
  std::vector<question> questions;
  for (std::size_t i = 0; i < engines.size(); ++i) {
    if (const auto error = engines[i].start()) {
      std::cerr << headway::describe(error) << '\n';
      return 1;
    }
    const auto project = engines[i].add(argv[i + 1]);
    if (!project) {
      std::cerr << headway::describe(project.error()) << '\n';
      return 1;
    }
    questions.push_back({engines[i].handles().registry, project->id});
  }
  bool well = false;
  caf::scoped_actor self{system};
  self->spawn<inquirer, caf::monitored>(std::move(questions));
  self->receive([&well](const caf::down_msg& down) { well = !down.reason; });
  for (auto& engine : engines)
    well = engine.stop() && well;
  return well ? 0 : 1;
}
