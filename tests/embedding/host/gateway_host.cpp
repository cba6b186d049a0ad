/// A program that wants Headway's own HTTP interface beside what else it does.
///
///     gateway_host CLONE
///
/// Prints the port, serves until SIGTERM, ends with 0.
#include <chrono>
#include <csignal>
#include <iostream>

#include <actors/engine.hpp>
#include <actors/gateway/engine_api.hpp>
#include <actors/gateway/http_gateway.hpp>
#include <actors/gateway/json.hpp>

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  // Blocked before the first thread starts, so that all threads inherit it.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, nullptr);

  headway::engine engine{headway::engine_config{}};
  if (const auto error = engine.start()) {
    std::cerr << headway::describe(error) << '\n';
    return 1;
  }
  if (const auto project = engine.add(argv[1]); !project) {
    std::cerr << headway::describe(project.error()) << '\n';
    return 1;
  }
  headway::engine_api api{engine};
  headway::http_config config;
  config.port = 0;
  headway::http_gateway gateway{config, api};
  if (const auto error = gateway.start()) {
    std::cerr << headway::describe(error) << '\n';
    return 1;
  }
  std::cout << gateway.port() << std::endl;
  int signal = 0;
  sigwait(&stop, &signal);
  const bool closed = gateway.stop(std::chrono::seconds{5});
  return engine.stop() && closed ? 0 : 1;
}
