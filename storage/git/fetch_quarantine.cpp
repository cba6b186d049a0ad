#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/fetch_quarantine.hpp>
#include <storage/git/files.hpp>

namespace headway::git {

namespace fs = std::filesystem;

namespace {

caf::error trouble(int number, const std::string& action, const std::string& path) {
  if (number == ENOSPC || number == EDQUOT)
    return make_error(ec::disk_full,
                      "cannot " + action + " " + path + ": " + std::strerror(number));
  return os_error(number, action, path);
}

caf::error write_small(const std::string& path, const std::string& content) {
  const file_descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file.is_open())
    return trouble(errno, "make", path);
  if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
    return trouble(errno == 0 ? ENOSPC : errno, "write", path);
  return {};
}

constexpr int most_tries = 10;

std::string fresh_name() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device source;
  std::string name{quarantine_prefix};
  for (int i = 0; i < 16; ++i)
    name += digits[source() % digits.size()];
  return name;
}

bool is_fan_out(std::string_view name) {
  constexpr std::string_view digits = "0123456789abcdef";
  return name.size() == 2 && name.find_first_not_of(digits) == std::string_view::npos;
}

// A value of GIT_ALTERNATE_OBJECT_DIRECTORIES in which a colon does not part two folders.
std::string quoted(const std::string& path) {
  std::string result{"\""};
  for (const char c : path) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '"';
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> result;
  std::error_code failed;
  for (fs::directory_iterator it{folder, failed}, end; !failed && it != end; it.increment(failed))
    result.push_back(it->path().filename().native());
  return result;
}

// Whoever sees an index expects the pack behind it, so that comes last.
int rank_of(std::string_view name) {
  return name.ends_with(".keep") ? 0 : name.ends_with(".idx") ? 2 : 1;
}

// Unless there is something of that name.
bool rename_to_new(const std::string& from, const std::string& to) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0;
}

// A file that is there already holds the same object, or the same objects: names are hashes.
caf::error move_file(const std::string& from, const std::string& to) {
  if (rename_to_new(from, to) || errno == EEXIST)
    return {};
  // A file system that cannot do that, or has no hard links either.
  if (::link(from.c_str(), to.c_str()) == 0 || errno == EEXIST)
    return {};
  if (::rename(from.c_str(), to.c_str()) == 0)
    return {};
  return trouble(errno, "make", to);
}

std::uint64_t objects_in_index(const std::string& path) {
  // Two words of header, then 256 of which the last is the sum.
  constexpr std::streamoff last_of_fan_out = 8 + 255 * 4;
  std::ifstream file{path, std::ios::binary};
  std::array<char, 4> word{};
  file.seekg(last_of_fan_out);
  if (!file.read(word.data(), word.size()))
    return 0;
  std::uint64_t value = 0;
  for (const char c : word)
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

std::string keep_mark(const std::string& name) {
  return "headway fetch " + name + "\n";
}

// The owner's file goes last: what is left by a crash in the middle of this is abandoned then, and
// nobody has to wait whether its owner is still to come.
void remove_quarantine(const std::string& folder) {
  const std::string owner{owner_file};
  std::error_code failed;
  for (int tries = 0; tries < 20 && fs::exists(fs::symlink_status(folder, failed)); ++tries) {
    for (const auto& name : names_in(folder))
      if (name != owner)
        fs::remove_all(folder + "/" + name, failed);
    if (names_in(folder) == std::vector{owner})
      ::unlink((folder + "/" + owner).c_str());
    ::rmdir(folder.c_str());
  }
}

caf::expected<quarantine> quarantine::make(const repository_location& location) {
  const auto objects = location.object_store();
  for (int tries = 1;; ++tries) {
    const auto name = fresh_name();
    const auto path = objects + "/" + name;
    if (::mkdir(path.c_str(), 0700) != 0)
      return trouble(errno, "make", path);
    const auto owner = path + "/" + owner_file;
    file_descriptor lock{::open(owner.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    const bool locked = lock.is_open() && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
    const int number = errno;
    // Whoever sweeps takes it for one that a crash has left until it is locked.
    struct stat info {};
    if (locked && ::fstat(lock.get(), &info) == 0 && info.st_nlink > 0)
      return quarantine{objects, name, std::move(lock)};
    remove_quarantine(path);
    if (tries == most_tries)
      return trouble(locked ? ENOENT : number, "lock", owner);
  }
}

quarantine::quarantine(std::string objects, std::string name, file_descriptor lock)
    : objects_{std::move(objects)},
      name_{std::move(name)},
      path_{objects_ + "/" + name_},
      lock_{std::move(lock)} {}

quarantine::quarantine(quarantine&& other) noexcept
    : objects_{std::move(other.objects_)},
      name_{std::move(other.name_)},
      path_{std::exchange(other.path_, {})},
      lock_{std::move(other.lock_)},
      keeps_{std::exchange(other.keeps_, {})} {}

quarantine::~quarantine() {
  if (path_.empty())
    return;
  // The marks first: while the folder is there, whoever comes after a crash finds them by its name.
  for (const auto& file : keeps_)
    ::unlink(file.c_str());
  if (::access((path_ + "/" + undecided_file).c_str(), F_OK) != 0)
    remove_quarantine(path_);
}

void quarantine::enclose(child_command& command) const {
  command.environment.emplace_back("GIT_OBJECT_DIRECTORY", path_);
  command.environment.emplace_back("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(objects_));
}

caf::expected<std::string> quarantine::private_git_dir(const repository_location& location) const {
  const auto folder = path_ + "/git";
  if (::mkdir(folder.c_str(), 0700) != 0)
    return trouble(errno, "make", folder);
  // Conditions of the configuration may ask for the branch.
  const auto head = read_file(location.git_dir + "/HEAD");
  if (!head)
    return head.error();
  if (auto error = write_small(folder + "/HEAD", *head))
    return error;
  if (auto error = write_small(folder + "/commondir", location.common_dir + "\n"))
    return error;
  const auto own = location.git_dir + "/config.worktree";
  if (::access(own.c_str(), F_OK) == 0 &&
      ::symlink(own.c_str(), (folder + "/config.worktree").c_str()) != 0)
    return trouble(errno, "make", folder + "/config.worktree");
  return folder;
}

quarantine::contents quarantine::count() const {
  contents result;
  std::error_code ignored;
  const auto add = [&](const std::string& file) {
    const auto size = fs::file_size(file, ignored);
    result.bytes += ignored ? 0 : size;
  };
  for (const auto& folder : names_in(path_)) {
    if (!is_fan_out(folder))
      continue;
    for (const auto& name : names_in(path_ + "/" + folder)) {
      ++result.objects;
      add(path_ + "/" + folder + "/" + name);
    }
  }
  for (const auto& name : names_in(path_ + "/pack")) {
    if (name.ends_with(".pack"))
      add(path_ + "/pack/" + name);
    else if (name.ends_with(".idx"))
      result.objects += objects_in_index(path_ + "/pack/" + name);
  }
  return result;
}

bool quarantine::has_file_of(std::uint64_t bytes) const {
  return bytes > 0 && std::ranges::any_of(names_in(path_ + "/pack"), [&](const auto& name) {
           std::error_code gone;
           const auto size = fs::file_size(path_ + "/pack/" + name, gone);
           return !gone && size >= bytes;
         });
}

caf::error quarantine::admit() {
  for (const auto& name : names_in(path_))
    if (is_fan_out(name))
      if (auto error = admit_folder(name))
        return error;
  return admit_packs();
}

caf::error quarantine::admit_folder(const std::string& folder) {
  const auto from = path_ + "/" + folder;
  const auto to = objects_ + "/" + folder;
  const auto names = names_in(from);
  const auto is_unfinished = [](const std::string& name) { return name.starts_with("tmp_"); };
  // A clone that has been packed has no such folder.
  if (std::ranges::none_of(names, is_unfinished) && rename_to_new(from, to))
    return {};
  // git has given its folder the permissions that the clone's are to have.
  struct stat info {};
  if (::stat(from.c_str(), &info) != 0)
    return trouble(errno, "look into", from);
  if (::mkdir(to.c_str(), 0777) == 0)
    ::chmod(to.c_str(), info.st_mode & 07777);
  else if (errno != EEXIST)
    return trouble(errno, "make", to);
  for (const auto& name : names)
    if (!is_unfinished(name))
      if (auto error = move_file(from + "/" + name, to + "/" + name))
        return error;
  return {};
}

caf::error quarantine::admit_packs() {
  const auto from = path_ + "/pack";
  auto names = names_in(from);
  std::erase_if(names, [](const auto& name) { return !name.starts_with("pack-"); });
  if (names.empty())
    return {};
  std::ranges::stable_sort(names, {}, [](const auto& name) { return rank_of(name); });
  const auto to = objects_ + "/pack";
  if (::mkdir(to.c_str(), 0777) != 0 && errno != EEXIST)
    return trouble(errno, "make", to);
  for (const auto& name : names)
    if (name.ends_with(".pack"))
      if (auto error = keep(to + "/" + name.substr(0, name.size() - 5) + ".keep"))
        return error;
  for (const auto& name : names)
    if (!name.ends_with(".keep"))
      if (auto error = move_file(from + "/" + name, to + "/" + name))
        return error;
  return {};
}

// A link to a file that has its content already: a crash in between leaves no mark without a name.
caf::error quarantine::keep(const std::string& file) {
  const auto mark = path_ + "/mark";
  if (::access(mark.c_str(), F_OK) != 0)
    if (auto error = write_small(mark, keep_mark(name_)))
      return error;
  if (::link(mark.c_str(), file.c_str()) == 0) {
    keeps_.push_back(file);
    return {};
  }
  // Somebody keeps the same pack already.
  if (errno == EEXIST)
    return {};
  if (auto error = write_small(file, keep_mark(name_)))
    return error;
  keeps_.push_back(file);
  return {};
}

}  // namespace headway::git
