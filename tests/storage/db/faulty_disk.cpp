#include <cstring>

#include <sqlite3.h>
#include <tests/storage/db/faulty_disk.hpp>

namespace headway::db::test {

namespace {

struct plan {
  disk_call call = disk_call::read;
  fault_length length = fault_length::once;
  std::uint64_t left = 0;  ///< Calls until the one that fails; 0: nothing is to fail.
  bool failing = false;
  bool failed = false;
};

plan the_plan;

/// Whether this call is one that fails.
bool fails(disk_call call) {
  if (call != the_plan.call)
    return false;
  if (the_plan.failing) {
    the_plan.failed = true;
    return true;
  }
  if (the_plan.left == 0 || --the_plan.left > 0)
    return false;
  the_plan.failing = the_plan.length == fault_length::forever;
  the_plan.failed = true;
  return true;
}

/// In front of the file of the real file system, which follows it in memory.
struct file : sqlite3_file {
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  const sqlite3_io_methods* of_real() { return real()->pMethods; }
  static file& at(sqlite3_file* opened) { return *static_cast<file*>(opened); }
};

int close(sqlite3_file* f) {
  return file::at(f).of_real()->xClose(file::at(f).real());
}

int read(sqlite3_file* f, void* to, int size, sqlite3_int64 offset) {
  if (fails(disk_call::read))
    return SQLITE_IOERR_READ;
  return file::at(f).of_real()->xRead(file::at(f).real(), to, size, offset);
}

int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 offset) {
  if (fails(disk_call::write)) {
    // Half of it arrives, as when the power goes.
    file::at(f).of_real()->xWrite(file::at(f).real(), from, size / 2, offset);
    return SQLITE_IOERR_WRITE;
  }
  if (fails(disk_call::space))
    return SQLITE_FULL;
  return file::at(f).of_real()->xWrite(file::at(f).real(), from, size, offset);
}

int truncate(sqlite3_file* f, sqlite3_int64 size) {
  if (fails(disk_call::write))
    return SQLITE_IOERR_TRUNCATE;
  return file::at(f).of_real()->xTruncate(file::at(f).real(), size);
}

int sync(sqlite3_file* f, int flags) {
  if (fails(disk_call::sync))
    return SQLITE_IOERR_FSYNC;
  return file::at(f).of_real()->xSync(file::at(f).real(), flags);
}

int size(sqlite3_file* f, sqlite3_int64* bytes) {
  return file::at(f).of_real()->xFileSize(file::at(f).real(), bytes);
}

int lock(sqlite3_file* f, int level) {
  if (fails(disk_call::lock))
    return SQLITE_IOERR_LOCK;
  if (fails(disk_call::busy))
    return SQLITE_BUSY;
  return file::at(f).of_real()->xLock(file::at(f).real(), level);
}

int unlock(sqlite3_file* f, int level) {
  return file::at(f).of_real()->xUnlock(file::at(f).real(), level);
}

int is_reserved(sqlite3_file* f, int* answer) {
  return file::at(f).of_real()->xCheckReservedLock(file::at(f).real(), answer);
}

int control(sqlite3_file* f, int operation, void* argument) {
  return file::at(f).of_real()->xFileControl(file::at(f).real(), operation, argument);
}

int sector_size(sqlite3_file* f) {
  return file::at(f).of_real()->xSectorSize(file::at(f).real());
}

int characteristics(sqlite3_file* f) {
  return file::at(f).of_real()->xDeviceCharacteristics(file::at(f).real());
}

int map_shared(sqlite3_file* f, int region, int bytes, int extend, void volatile** memory) {
  return file::at(f).of_real()->xShmMap(file::at(f).real(), region, bytes, extend, memory);
}

int lock_shared(sqlite3_file* f, int offset, int count, int flags) {
  if ((flags & SQLITE_SHM_LOCK) != 0 && fails(disk_call::lock))
    return SQLITE_IOERR_SHMLOCK;
  if ((flags & SQLITE_SHM_LOCK) != 0 && fails(disk_call::busy))
    return SQLITE_BUSY;
  return file::at(f).of_real()->xShmLock(file::at(f).real(), offset, count, flags);
}

void fence_shared(sqlite3_file* f) {
  file::at(f).of_real()->xShmBarrier(file::at(f).real());
}

int unmap_shared(sqlite3_file* f, int remove) {
  return file::at(f).of_real()->xShmUnmap(file::at(f).real(), remove);
}

constexpr sqlite3_io_methods methods{
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = fence_shared,
    .xShmUnmap = unmap_shared,
};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* f, int flags, int* opened_as) {
  auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
  f->pMethods = nullptr;
  const int result = real->xOpen(real, name, file::at(f).real(), flags, opened_as);
  if (result == SQLITE_OK)
    f->pMethods = &methods;
  return result;
}

/// Who waits for a lock need not wait in a test.
int no_sleep(sqlite3_vfs*, int microseconds) {
  return microseconds;
}

}  // namespace

struct faulty_disk::impl {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
};

faulty_disk::faulty_disk() : impl_(std::make_unique<impl>()) {
  impl_->real = sqlite3_vfs_find(nullptr);
  impl_->vfs = *impl_->real;
  impl_->vfs.zName = "faulty disk";
  impl_->vfs.szOsFile = static_cast<int>(sizeof(file)) + impl_->real->szOsFile;
  impl_->vfs.pAppData = impl_->real;
  impl_->vfs.pNext = nullptr;
  impl_->vfs.xOpen = open;
  impl_->vfs.xSleep = no_sleep;
  mend();
  sqlite3_vfs_register(&impl_->vfs, 1);
}

faulty_disk::~faulty_disk() {
  sqlite3_vfs_unregister(&impl_->vfs);
  sqlite3_vfs_register(impl_->real, 1);
}

void faulty_disk::fail(disk_call call, std::uint64_t number, fault_length length) {
  the_plan = {call, length, number, false, false};
}

void faulty_disk::mend() {
  the_plan = {};
}

bool faulty_disk::has_failed() const {
  return the_plan.failed;
}

}  // namespace headway::db::test
