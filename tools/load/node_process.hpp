/// The node under load: a headwayd that the harness starts, kills and starts again.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <config/engine_config.hpp>
#include <tools/load/child.hpp>
#include <tools/load/scenario.hpp>

namespace headway::load {

/// One thread at a time.
class node_process {
 public:
  /// Starts `program` with its data below `folder`, on a port that stays the same over restarts.
  /// Throws with the node's words when it does not become ready.
  node_process(std::filesystem::path program, const std::filesystem::path& folder,
               const scenario& plan);

  const std::string& address() const noexcept { return address_; }
  std::uint16_t port() const noexcept { return config_.http.port; }
  std::string url() const;
  /// 0 while it is down.
  pid_t pid() const noexcept { return process_ ? process_->pid() : 0; }
  std::filesystem::path log() const { return folder_ / "headwayd.log"; }
  std::filesystem::path data() const { return folder_ / "data"; }

  /// SIGKILL, as when memory runs out.
  void kill();
  /// Answers how long it took until it was ready.
  std::chrono::milliseconds start();
  /// Background fetches on or off, by a changed file and SIGHUP.
  void set_background(fetch_config::background_mode mode);
  /// Moves the wall clock of the node, and of nothing else.
  void step_clock(std::chrono::milliseconds step);
  /// SIGTERM; answers whether it ended in order.
  bool stop();

 private:
  void write_config() const;
  std::filesystem::path program_;
  std::filesystem::path folder_;
  std::string address_ = "127.0.0.1";
  node_config config_;
  bool fake_clock_ = false;
  std::chrono::milliseconds clock_offset_{0};
  std::unique_ptr<child> process_;
};

}  // namespace headway::load
