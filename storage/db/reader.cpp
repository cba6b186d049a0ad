#include <storage/db/branch_status_table.hpp>
#include <storage/db/database_file.hpp>
#include <storage/db/fetch_history.hpp>
#include <storage/db/store.hpp>

namespace headway::db {

struct reader::impl {
  impl(std::unique_ptr<connection> opened, std::chrono::milliseconds how_long)
      : db(std::move(opened)), patience(how_long) {}

  /// Before each question.
  impl& begin() {
    db->give_up_after(patience);
    return *this;
  }

  std::unique_ptr<connection> db;
  std::chrono::milliseconds patience;
  gone_branch_table gone{*db};
  branch_status_table branches{*db, 0};
  fetch_history history{*db};
};

caf::expected<std::unique_ptr<reader>> reader::open(const std::string& file,
                                                    std::chrono::milliseconds patience) {
  auto db = open_for_reading(file);
  if (!db)
    return db.error();
  return std::unique_ptr<reader>{new reader(std::make_unique<impl>(std::move(*db), patience))};
}

reader::reader(std::unique_ptr<impl> state) : impl_(std::move(state)) {}

reader::~reader() = default;

caf::expected<fetch_report> reader::find_fetch(fetch_id id) {
  return impl_->begin().history.find(id);
}

caf::expected<std::vector<fetch_report>> reader::find_fetches(const headway::find_fetches& query) {
  return impl_->begin().history.find(query);
}

caf::expected<std::vector<project_id>> reader::needing_pull() {
  return impl_->begin().branches.needing_pull();
}

caf::expected<std::vector<project_id>> reader::needing_push() {
  return impl_->begin().branches.needing_push();
}

caf::expected<std::vector<gone_branch>> reader::gone_branches(const project_id& project) {
  return impl_->begin().gone.of(project);
}

}  // namespace headway::db
