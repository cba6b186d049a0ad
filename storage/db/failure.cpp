#include <cerrno>
#include <new>
#include <system_error>

#include <sqlite3.h>

#include <messages/error.hpp>
#include <storage/db/failure.hpp>

namespace headway::db {

namespace {

ec code_of_errno(int number) noexcept {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ec::disk_full;
    case EROFS:
      return ec::read_only;
    case EACCES:
    case EPERM:
      return ec::permission_denied;
    default:
      return ec::io;
  }
}

/// What the operating system last said of the file of this kind (the database or its log).
int last_errno(sqlite3* handle, int kind) noexcept {
  sqlite3_file* file = nullptr;
  int number = 0;
  if (sqlite3_file_control(handle, "main", kind, &file) == SQLITE_OK && file != nullptr &&
      file->pMethods != nullptr)
    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

/// SQLite reports several causes as a failed open or a failed write; errno tells them apart. Of a
/// failed write the files know it: on the connection, later clean-up may have overwritten it.
int errno_of(sqlite3* handle) noexcept {
  if ((sqlite3_errcode(handle) & 0xff) == SQLITE_IOERR)
    for (const int kind : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER})
      if (const int number = last_errno(handle, kind); number != 0)
        return number;
  return sqlite3_system_errno(handle);
}

ec code_of_sqlite(sqlite3* handle) noexcept {
  const int extended = sqlite3_extended_errcode(handle);
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY)
    return ec::already_exists;
  switch (extended & 0xff) {
    case SQLITE_FULL:
      return ec::disk_full;
    case SQLITE_READONLY:
      return extended == SQLITE_READONLY_DBMOVED ? ec::io : ec::read_only;
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ec::permission_denied;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ec::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return ec::in_use;
    case SQLITE_INTERRUPT:
      return ec::deadline_exceeded;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return code_of_errno(errno_of(handle));
    default:
      return ec::internal;
  }
}

std::string_view remedy(ec code) noexcept {
  switch (code) {
    case ec::disk_full:
      return "free space on its file system (or raise the quota or file size limit)";
    case ec::read_only:
      return "make it writable, or choose another data directory";
    case ec::permission_denied:
      return "let the user that runs Headway read and write there, or choose another data "
             "directory";
    case ec::corrupt:
      return "'headway db check' tells how far the damage goes, 'headway db restore' puts a backup "
             "in "
             "its place";
    case ec::in_use:
      return "end the other program that has it open for writing";
    case ec::io:
      return "check the disk and the path";
    default:
      return "";
  }
}

std::string with_remedy(std::string sentence, ec code) {
  if (const auto words = remedy(code); !words.empty())
    sentence.append("; ").append(words);
  return sentence;
}

}  // namespace

caf::error system_failure(std::string_view doing, const std::string& path, int number) {
  const auto code = code_of_errno(number);
  std::string sentence{"cannot "};
  sentence.append(doing).append(" '").append(path).append("': ");
  sentence.append(std::generic_category().message(number));
  return make_error(code, with_remedy(std::move(sentence), code));
}

caf::error sqlite_failure(std::string_view doing, const std::string& file, sqlite3* handle) {
  if (sqlite3_errcode(handle) == SQLITE_NOMEM)
    throw std::bad_alloc{};
  const auto code = code_of_sqlite(handle);
  std::string sentence{"cannot "};
  sentence.append(doing).append(file.empty() ? " of the database in memory" : " of the database '");
  if (!file.empty())
    sentence.append(file).append("'");
  sentence.append(": ").append(sqlite3_errmsg(handle));
  if (const int number = errno_of(handle); number != 0 && (code == ec::io || code == ec::disk_full))
    sentence.append(" (").append(std::generic_category().message(number)).append(")");
  return make_error(code, with_remedy(std::move(sentence), code));
}

}  // namespace headway::db
