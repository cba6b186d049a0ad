#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <config/override.hpp>
#include <config/print.hpp>
#include <tools/load/node_process.hpp>

namespace headway::load {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds start_patience{60};
constexpr const char* clock_library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

bool steps_clock(const scenario& plan) {
  return std::ranges::any_of(
      plan.events, [](const event_plan& event) { return event.what == event_kind::clock_step; });
}

}  // namespace

node_process::node_process(fs::path program, const fs::path& folder, const scenario& plan)
    : program_{std::move(program)}, folder_{folder}, fake_clock_{steps_clock(plan)} {
  if (fake_clock_ && !fs::exists(clock_library))
    throw std::runtime_error("a step of the clock needs the package faketime; install it");
  fs::create_directories(data());
  config_.engine.database.directory = data().string();
  config_.engine.graph.cache_directory = (folder_ / "graphs").string();
  config_.engine.seed = plan.seed;
  // The clones of a run name the key of its ssh server in their own configuration.
  config_.engine.fetch.trusted_repositories = {fs::absolute(folder_.parent_path()).string()};
  // Its remotes are on this machine.
  config_.engine.fetch.allowed_schemes = known_schemes;
  config_.log.level = log_config::level_name::info;
  config_.http.port = free_port();
  for (const auto& setting : plan.node_settings)
    if (const auto problem = apply_override(config_, setting))
      throw std::runtime_error(to_string(*problem));
  if (plan.storm_only)
    config_.engine.fetch.background = fetch_config::background_mode::off;
  start();
}

std::string node_process::url() const {
  return "http://" + address_ + ":" + std::to_string(port());
}

void node_process::write_config() const {
  std::ofstream file{folder_ / "headwayd.toml"};
  file << print_config(config_);
  if (!file.flush())
    throw std::runtime_error("cannot write " + (folder_ / "headwayd.toml").string());
}

milliseconds node_process::start() {
  write_config();
  std::vector<std::pair<std::string, std::string>> environment;
  if (fake_clock_) {
    step_clock(milliseconds{0});
    environment = {{"LD_PRELOAD", clock_library},
                   {"FAKETIME_TIMESTAMP_FILE", (folder_ / "clock").string()},
                   {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
                   {"FAKETIME_CACHE_DURATION", "1"}};
  }
  const auto begun = std::chrono::steady_clock::now();
  process_ = std::make_unique<child>(
      std::vector<std::string>{program_.string(), "--config", (folder_ / "headwayd.toml").string()},
      environment, log());
  if (!await_port(address_, port(), *process_, start_patience))
    throw std::runtime_error("the node did not start: " + end_of(log()));
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
}

void node_process::kill() {
  process_->kill();
}

void node_process::set_background(fetch_config::background_mode mode) {
  config_.engine.fetch.background = mode;
  write_config();
  process_->signal(SIGHUP);
}

void node_process::step_clock(milliseconds step) {
  clock_offset_ += step;
  // Renamed, so that the node never reads half of it.
  const auto unfinished = folder_ / "clock.new";
  std::ofstream file{unfinished};
  char text[40];
  std::snprintf(text, sizeof text, "%+.3f", static_cast<double>(clock_offset_.count()) / 1e3);
  file << text << '\n';
  file.close();
  fs::rename(unfinished, folder_ / "clock");
}

bool node_process::stop() {
  return process_->stop(config_.engine.stop_deadline + std::chrono::seconds{5});
}

}  // namespace headway::load
