#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include <actors/database/database_writer.hpp>

namespace headway {

namespace {

// A registry change is a person's request; it is taken even when derived rows have filled the
// queue.
bool is_registry_change(const db::write& write) {
  return std::holds_alternative<put_project>(write) ||
         std::holds_alternative<delete_project>(write) ||
         std::holds_alternative<set_activity>(write);
}

// Enough to make a commit worth its fsync, little enough that the first of the batch does not wait
// long.
constexpr std::size_t max_batch = 1'024;

/// What a write adds to the weight of its batch.
std::size_t rows_of(const db::write& write) {
  const auto* document = std::get_if<put_status>(&write);
  return document != nullptr && document->status ? 1 + document->status->branches.size() : 1;
}

// Whether the write is to blame, and not the store.
bool is_refusal(const caf::error& error) {
  const auto code = code_of(error);
  return code == ec::already_exists || code == ec::invalid_argument;
}

/// Shared, as answers are.
template <class T>
caf::result<std::shared_ptr<const T>> as_answer(caf::expected<T> found) {
  if (!found)
    return std::move(found.error());
  return caf::result<std::shared_ptr<const T>>{std::make_shared<const T>(std::move(*found))};
}

}  // namespace

database_writer::database_writer(caf::actor_config& config, engine_context shared,
                                 std::shared_ptr<db::store> store, database_config settings)
    : actor_shell(config, "database-writer", std::move(shared)),
      store_(std::move(store)),
      settings_(std::move(settings)) {}

database_writer::behavior_type database_writer::make_behavior() {
  return {
      [this](load_atom) -> caf::result<stored_state_ptr> {
        commit();
        auto state = store_->load();
        if (!state)
          return std::move(state.error());
        return caf::result<stored_state_ptr>{
            std::make_shared<const stored_state>(std::move(*state))};
      },
      [this](const put_project& write) { return gather(write); },
      [this](const delete_project& write) { return gather(write); },
      [this](const set_activity& write) { return gather(write); },
      [this](const put_status& write) -> caf::result<caf::ok_atom> {
        // What can be computed anew is worth its rows only where they outlive the process.
        if (store_->file().empty())
          return caf::ok_atom::value;
        return gather(write);
      },
      [this](const put_remote& write) { return gather(write); },
      [this](const put_fetch& write) { return gather(write); },
      [this](const find_fetch& query) -> caf::result<fetch_report_ptr> {
        commit();
        return as_answer(store_->find_fetch(query.id));
      },
      [this](const find_fetches& query) -> caf::result<fetch_reports_ptr> {
        commit();
        return as_answer(store_->find_fetches(query));
      },
      [this](stats_atom) -> caf::result<store_stats> { return store_->stats(); },
      [this](retire_atom) { keep_up(); },
      [this](tick_atom) { commit(); },
  };
}

caf::result<caf::ok_atom> database_writer::gather(db::write write) {
  if (gathered_.writes.size() + mailbox().size() > settings_.queue_limit &&
      !is_registry_change(write))
    return overloaded();
  const auto rows = rows_of(write);
  if (gathered_.rows + rows > db::store::largest_batch)
    commit();
  if (gathered_.writes.empty())
    send(this, tick_atom::value);
  gathered_.writes.push_back(std::move(write));
  gathered_.rows += rows;
  const promise_type promise{make_response_promise<caf::ok_atom>()};
  gathered_.promises.push_back(promise);
  if (gathered_.writes.size() >= max_batch)
    commit();
  return promise.promise();
}

caf::error database_writer::overloaded() {
  using std::chrono::milliseconds;
  const auto batches = 1 + mailbox().size() / max_batch;
  const auto wait =
      std::max(milliseconds{100}, std::chrono::ceil<milliseconds>(time_for_a_batch_ * batches));
  return make_error(ec::overloaded, "too many writes wait for the database; try again in " +
                                        std::to_string(wait.count()) + " ms");
}

void database_writer::commit() {
  if (gathered_.writes.empty())
    return;
  const auto now = std::exchange(gathered_, {});
  const auto began = clock().now();
  if (auto error = store_->apply(now.writes)) {
    note(error);
    commit_singly(now, error);
  } else {
    note({});
    for (const auto& promise : now.promises)
      promise.deliver(caf::ok_atom::value);
  }
  time_for_a_batch_ = clock().now() - began;
  if (mailbox().size() == 0)
    store_->checkpoint_if_worthwhile();
  report_reader();
  figures().store(store_->stats());
}

// One bad write must not cost the others. When the store fails again, it and not the writes is to
// blame: each further attempt could cost seconds (a lock that is waited for, a disk that hangs),
// and nothing would be won. A change of the registry is tried all the same.
void database_writer::commit_singly(const batch& failed, const caf::error& why) {
  log().warn("database-writer: a batch of {} failed and is tried one by one: {}",
             failed.writes.size(), describe(why));
  caf::error broken;
  for (std::size_t i = 0; i < failed.writes.size(); ++i) {
    if (broken && !is_registry_change(failed.writes[i])) {
      failed.promises[i].deliver(broken);
      continue;
    }
    if (auto error = store_->apply({failed.writes[i]})) {
      if (!is_refusal(error))
        broken = error;
      note(error);
      failed.promises[i].deliver(std::move(error));
    } else {
      note({});
      failed.promises[i].deliver(caf::ok_atom::value);
    }
  }
}

/// Tells /readyz how the last write went.
void database_writer::note(const caf::error& error) {
  if (!error)
    shared().condition->store_works();
  else if (!is_refusal(error))
    shared().condition->store_failed(error);
}

void database_writer::report_reader() {
  const auto stats = store_->stats();
  if (stats.wal_held && !reader_reported_)
    log().warn(
        "database-writer: another program stays in the database, so that its write-ahead log grows "
        "({} MiB, at most 64); writes are refused when it is full",
        stats.wal_bytes >> 20);
  reader_reported_ = stats.wal_held;
}

void database_writer::keep_up() {
  commit();
  const auto began = clock().now();
  const auto left = store_->keep_up(shared().wall(), time_for_a_step_);
  time_for_a_step_ = clock().now() - began;
  if (!left) {
    note(left.error());
    log().warn("database-writer: the upkeep of the database failed: {}", describe(left.error()));
    return;
  }
  note({});
  report_reader();
  figures().store(store_->stats());
  if (*left == db::upkeep::unfinished)
    send(this, retire_atom::value);  // In small steps, so that writes get their turn in between.
}

void database_writer::on_exit() {
  try {
    commit();
  } catch (const std::exception& e) {
    // An exception here would end the process; who waits is answered by the promises.
    log().error("database-writer: the last batch was not committed: {}", e.what());
  }
  gathered_ = {};
  store_.reset();
}

database_reader::behavior_type database_reader::make_behavior() {
  return {
      [this](const find_fetch& query) -> caf::result<fetch_report_ptr> {
        return as_answer(reader_->find_fetch(query.id));
      },
      [this](const find_fetches& query) -> caf::result<fetch_reports_ptr> {
        return as_answer(reader_->find_fetches(query));
      },
  };
}

}  // namespace headway
