/// The plainest host: callbacks, no framework. Also plugs in a log of its own.
///
///     callback_host CLONE…
///
/// Prints a line "clone branch ahead behind state" per branch, then how many lines of log there
/// were.
#include <atomic>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <string>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <actors/engine.hpp>

namespace {

/// Where the host's own log would be.
class host_log final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::size_t lines() const { return lines_; }

 protected:
  void sink_it_(const spdlog::details::log_msg&) override { ++lines_; }
  void flush_() override {}

 private:
  std::atomic<std::size_t> lines_{0};
};

/// Lets `main` wait for callbacks, which come on threads of the engine.
class countdown {
 public:
  explicit countdown(std::size_t from) : left_(from) {}

  void one_less() {
    const std::scoped_lock lock{mutex_};
    --left_;
    changed_.notify_all();
  }

  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t left_;
};

std::string count(const std::optional<std::uint64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

std::string in_words(const headway::sync_status& status) {
  std::string text;
  for (const auto& branch : status.branches)
    text += status.project.slug + " " + branch.name + " " + count(branch.ahead) + " " +
            count(branch.behind) + " " + std::string{headway::to_string(branch.state)} + "\n";
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const auto sink = std::make_shared<host_log>();
  headway::engine_config config;
  config.fetch.background = headway::fetch_config::background_mode::off;
  headway::engine engine{config, std::make_shared<spdlog::logger>("host", sink)};
  if (const auto error = engine.start()) {
    std::cerr << headway::describe(error) << '\n';
    return 1;
  }
  countdown open{static_cast<std::size_t>(argc - 1)};
  std::mutex output;
  std::atomic<bool> well{true};
  const auto fail = [&](const caf::error& error) {
    const std::scoped_lock lock{output};
    std::cerr << headway::describe(error) << '\n';
    well = false;
    open.one_less();
  };
  for (int i = 1; i < argc; ++i)
    engine.async_add(argv[i], [&](caf::expected<headway::project_info> added) {
      if (!added)
        return fail(added.error());
      // A callback may ask at once; it must only not wait.
      engine.async_sync_status(added->id, [&](caf::expected<headway::status_answer> found) {
        if (!found)
          return fail(found.error());
        {
          const std::scoped_lock lock{output};
          std::cout << in_words(*found->status) << std::flush;
        }
        open.one_less();
      });
    });
  open.wait();
  // Figures of the engine among those of the host: text that any collector of Prometheus reads.
  if (engine.metrics().find("headway_projects") == std::string::npos)
    well = false;
  if (!engine.stop())
    well = false;
  std::cout << "log " << sink->lines() << std::endl;
  return well ? 0 : 1;
}
