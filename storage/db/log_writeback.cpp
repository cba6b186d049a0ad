#include <fcntl.h>
#include <unistd.h>

#include <storage/db/log_writeback.hpp>

namespace headway::db {

namespace {

// Less is not worth a system call.
constexpr std::uint64_t at_once = 256ull << 10;

}  // namespace

// SQLite holds its locks on the database and on the "-shm" file; closing a descriptor of the log
// drops none.
log_writeback::~log_writeback() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

void log_writeback::grown_to(std::uint64_t bytes) noexcept {
  if (bytes < begun_)
    begun_ = 0;
  if (log_.empty() || bytes < begun_ + at_once)
    return;
#ifdef SYNC_FILE_RANGE_WRITE
  if (descriptor_ < 0)
    descriptor_ = ::open(log_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor_ >= 0)
    ::sync_file_range(descriptor_, static_cast<off64_t>(begun_),
                      static_cast<off64_t>(bytes - begun_), SYNC_FILE_RANGE_WRITE);
#endif
  begun_ = bytes;
}

}  // namespace headway::db
