#include <chrono>

#include <actors/database/database_writer.hpp>

namespace headway {

namespace {

// A registry change is a person's request; it is taken even when derived rows have filled the
// queue.
bool is_registry_change(const db::write& write) {
  return std::holds_alternative<put_project>(write) ||
         std::holds_alternative<delete_project>(write);
}

// Enough to make a commit worth its fsync, little enough that the first of the batch does not wait
// long.
constexpr std::size_t max_batch = 4'096;

// Whether the write is to blame, and not the store.
bool is_refusal(const caf::error& error) {
  const auto code = code_of(error);
  return code == ec::already_exists || code == ec::invalid_argument || code == ec::not_found;
}

caf::result<fetch_report_ptr> as_answer(caf::expected<fetch_report> report) {
  if (!report)
    return std::move(report.error());
  return caf::result<fetch_report_ptr>{std::make_shared<const fetch_report>(std::move(*report))};
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
      [this](const put_status& write) { return gather(write); },
      [this](const put_remote& write) { return gather(write); },
      [this](const put_fetch& write) { return gather(write); },
      [this](const find_fetch& query) -> caf::result<fetch_report_ptr> {
        commit();
        return as_answer(store_->find_fetch(query.id));
      },
      [this](stats_atom) -> caf::result<store_stats> { return store_->stats(); },
      [this](retire_atom) { retire(); },
      [this](tick_atom) { commit(); },
  };
}

caf::result<caf::ok_atom> database_writer::gather(db::write write) {
  if (writes_.size() + mailbox().size() > settings_.queue_limit && !is_registry_change(write))
    return make_error(ec::overloaded,
                      "too many writes wait for the database; try again in a second");
  if (writes_.empty())
    send(this, tick_atom::value);
  writes_.push_back(std::move(write));
  auto promise = make_response_promise<caf::ok_atom>();
  promises_.push_back(promise);
  if (writes_.size() >= max_batch)
    commit();
  return promise;
}

void database_writer::commit() {
  if (writes_.empty())
    return;
  auto writes = std::exchange(writes_, {});
  auto promises = std::exchange(promises_, {});
  auto retries = writes;
  if (auto error = store_->apply(std::move(writes)); !error) {
    shared().condition->store_works();
    for (auto& promise : promises)
      promise.deliver(caf::ok_atom::value);
  } else {
    if (!is_refusal(error))
      shared().condition->store_failed(error);
    // One bad write must not cost the others: each is tried alone.
    log().warn("database-writer: a batch of {} failed and is tried one by one: {}", promises.size(),
               describe(error));
    for (std::size_t i = 0; i < promises.size(); ++i) {
      std::vector<db::write> single;
      single.push_back(std::move(retries[i]));
      if (auto alone = store_->apply(std::move(single))) {
        promises[i].deliver(std::move(alone));
      } else {
        shared().condition->store_works();
        promises[i].deliver(caf::ok_atom::value);
      }
    }
  }
  if (mailbox().size() == 0)
    store_->checkpoint_if_worthwhile();
  figures().store(store_->stats());
}

void database_writer::retire() {
  const auto more = store_->retire_history(std::chrono::system_clock::now());
  if (!more)
    log().warn("database-writer: old history could not be dropped: {}", describe(more.error()));
  else if (*more > 0)
    send(this, retire_atom::value);  // In small steps, so that writes get their turn in between.
}

void database_writer::on_exit() {
  commit();
  store_.reset();
}

database_reader::behavior_type database_reader::make_behavior() {
  return {
      [this](const find_fetch& query) -> caf::result<fetch_report_ptr> {
        return as_answer(reader_->find_fetch(query.id));
      },
  };
}

}  // namespace headway
