/// A Boost.Asio program whose coroutines await the engine. One thread runs all of them; the threads
/// of the engine only hand answers over.
///
///     asio_host CLONE…
///
/// Prints a line "clone branch ahead behind state" per branch.
#include <iostream>
#include <memory>
#include <string>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <actors/engine.hpp>

namespace {

namespace asio = boost::asio;

/// `start` is given a callback of the engine; the coroutine goes on with what that is called with,
/// on its own executor.
template <class T, class Start>
asio::awaitable<caf::expected<T>> ask(Start start) {
  // A pointer, since what a coroutine is resumed with must have a default value.
  const auto answer = co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                                    void(std::shared_ptr<caf::expected<T>>)>(
      [start = std::move(start)](auto handler) mutable {
        const auto executor = asio::get_associated_executor(handler);
        const auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        // The loop must not end while the answer is on its way.
        const auto work = asio::make_work_guard(executor);
        start([executor, resume, work](caf::expected<T> result) {
          asio::post(executor, [resume, result = std::make_shared<caf::expected<T>>(std::move(
                                            result))]() mutable { (*resume)(std::move(result)); });
        });
      },
      asio::use_awaitable);
  co_return *answer;
}

std::string count(const std::optional<std::uint64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

asio::awaitable<bool> show(headway::engine& engine, std::string path) {
  const auto added = co_await ask<headway::project_info>(
      [&](auto done) { engine.async_add(path, std::move(done)); });
  if (!added) {
    std::cerr << headway::describe(added.error()) << '\n';
    co_return false;
  }
  const auto found = co_await ask<headway::status_answer>(
      [&](auto done) { engine.async_sync_status(added->id, std::move(done)); });
  if (!found) {
    std::cerr << headway::describe(found.error()) << '\n';
    co_return false;
  }
  for (const auto& branch : found->status->branches)
    std::cout << added->id.slug << ' ' << branch.name << ' ' << count(branch.ahead) << ' '
              << count(branch.behind) << ' ' << headway::to_string(branch.state) << std::endl;
  co_return true;
}

}  // namespace

int main(int argc, char** argv) {
  headway::engine engine{headway::engine_config{}};
  if (const auto error = engine.start()) {
    std::cerr << headway::describe(error) << '\n';
    return 1;
  }
  asio::io_context io{1};
  bool well = true;
  for (int i = 1; i < argc; ++i)
    asio::co_spawn(io, show(engine, argv[i]), [&well](std::exception_ptr error, bool shown) {
      well = well && !error && shown;
    });
  io.run();
  return engine.stop() && well ? 0 : 1;
}
