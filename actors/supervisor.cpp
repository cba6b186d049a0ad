#include <algorithm>

#include <actors/supervisor.hpp>

namespace headway {

namespace {

constexpr auto first_pause = std::chrono::milliseconds{50};
constexpr auto longest_pause = std::chrono::milliseconds{30'000};
constexpr auto forgiven_after = std::chrono::minutes{1};

}  // namespace

supervisor::supervisor(caf::actor_config& config, engine_context shared,
                       std::vector<supervised_part> parts)
    : actor_shell(config, "supervisor", std::move(shared)) {
  for (auto& part : parts)
    parts_.push_back({std::move(part), {}, {}, 0});
  set_down_handler([this](caf::down_msg& message) { down(message); });
  for (auto& part : parts_) {
    start(part);
    if (!part.address)
      failed(part, "it could not be started");
  }
}

supervisor::behavior_type supervisor::make_behavior() {
  return {
      [this](stop_atom) {
        stopping_ = true;
        stop_next();
      },
      [this](const restart_part& which) {
        auto& part = parts_.at(which.number);
        if (stopping_ || part.address)
          return;
        start_again(part);
      },
  };
}

void supervisor::start_again(running_part& part) {
  try {
    start(part);
  } catch (const std::exception& e) {
    // No thread could be had, say. Part by part is all that can be done about it.
    failed(part, e.what());
    return;
  }
  if (!part.address) {
    failed(part, "it could not be started");
    return;
  }
  figures().part_restarted(part.part.name);
  if (part.part.restarted)
    part.part.restarted();
}

void supervisor::start(running_part& part) {
  const auto handle = part.part.start();
  if (!handle)
    return;
  part.address = caf::actor_cast<caf::actor_addr>(handle);
  monitor(part.address);
}

void supervisor::down(const caf::down_msg& message) {
  const auto it = std::ranges::find(parts_, message.source, &running_part::address);
  if (it == parts_.end())
    return;
  it->address = nullptr;
  it->part.withdraw();
  if (stopping_) {
    stop_next();
    return;
  }
  failed(*it, describe(message.reason));
}

void supervisor::failed(running_part& part, const std::string& why) {
  const auto now = clock().now();
  const bool again = part.last_failure && now - *part.last_failure < forgiven_after;
  part.failures = again ? part.failures + 1 : 0;
  part.last_failure = now;
  auto pause = first_pause;
  for (unsigned i = 0; i < part.failures && pause < longest_pause; ++i)
    pause *= 2;
  log().error("{} failed ({}); it is started again", part.part.name, why);
  delayed_send(this, std::min(pause, longest_pause),
               restart_part{static_cast<std::size_t>(&part - parts_.data())});
}

void supervisor::stop_next() {
  for (auto it = parts_.rbegin(); it != parts_.rend(); ++it) {
    if (!it->address)
      continue;
    // Withdrawn first: nobody is to send to what stops. Held meanwhile: an actor that loses its
    // last handle ends right there, on a thread that is not its own.
    const auto held = caf::actor_cast<caf::strong_actor_ptr>(it->address);
    it->part.withdraw();
    send_exit(held, caf::exit_reason::user_shutdown);
    return;
  }
  quit(caf::exit_reason::user_shutdown);
}

void supervisor::on_exit() {
  parts_.clear();
}

}  // namespace headway
