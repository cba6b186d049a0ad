#include <storage/db/branch_status_table.hpp>
#include <storage/db/database_file.hpp>
#include <storage/db/fetch_history.hpp>
#include <storage/db/store.hpp>

namespace headway::db {

struct reader::impl {
  explicit impl(std::unique_ptr<connection> opened) : db(std::move(opened)) {}

  std::unique_ptr<connection> db;
  branch_status_table branches{*db};
  fetch_history history{*db};
};

caf::expected<std::unique_ptr<reader>> reader::open(const std::string& file) {
  auto db = open_for_reading(file);
  if (!db)
    return db.error();
  return std::unique_ptr<reader>{new reader(std::make_unique<impl>(std::move(*db)))};
}

reader::reader(std::unique_ptr<impl> state) : impl_(std::move(state)) {}

reader::~reader() = default;

caf::expected<fetch_report> reader::find_fetch(fetch_id id) {
  return impl_->history.find(id);
}

caf::expected<std::vector<project_id>> reader::needing_pull() {
  return impl_->branches.needing_pull();
}

caf::expected<std::vector<project_id>> reader::needing_push() {
  return impl_->branches.needing_push();
}

}  // namespace headway::db
