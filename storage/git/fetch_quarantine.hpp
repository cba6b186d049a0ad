/// Where the objects of one fetch arrive: out of sight of the clone until they are complete.
/// Private to storage/git.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/repo.hpp>
#include <storage/git/child_process.hpp>
#include <storage/git/child_spawn.hpp>

namespace headway::git {

/// A folder below the clone's objects, locked for as long as its fetch lives, so that whoever finds
/// it later knows whether it is abandoned (fetch_debris.hpp). git passes over it; `git gc` removes
/// one that is forgotten after two weeks, as it does with git's own ("tmp_objdir-").
///
/// REQUIRES of its end: no child that writes into it is alive. One thread.
class quarantine {
 public:
  /// Errors: `disk_full`, `permission_denied`, `missing`, `io`.
  static caf::expected<quarantine> make(const repository_location& location);
  quarantine(quarantine&& other) noexcept;
  quarantine& operator=(quarantine&&) = delete;
  /// Removes the folder, unless it is needed to judge locks, and the marks that kept a gc from the
  /// packs that were admitted.
  ~quarantine();

  /// "tmp_objdir-headway-1a2b3c4d"
  const std::string& name() const noexcept { return name_; }
  const std::string& path() const noexcept { return path_; }

  /// Makes a child write objects here and read those of the clone too.
  void enclose(child_command& command) const;

  /// A git directory of the clone whose FETCH_HEAD is ours: to git it is one more linked worktree.
  caf::expected<std::string> private_git_dir(const repository_location& location) const;

  struct contents {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
  };
  /// What has arrived.
  contents count() const;
  /// Whether some file of a pack, complete or not, has reached this size. Never for 0.
  bool has_file_of(std::uint64_t bytes) const;

  /// Moves everything into the clone, in an order in which no reader finds a part of a pack. Packs
  /// are marked with ".keep" until this object ends: a gc that began before the refs moved would
  /// take them for garbage. Errors: as `make`.
  caf::error admit();

 private:
  quarantine(std::string objects, std::string name, file_descriptor lock);
  caf::error admit_packs();
  caf::error admit_folder(const std::string& folder);
  caf::error keep(const std::string& pack);

  std::string objects_;
  std::string name_;
  std::string path_;
  file_descriptor lock_;
  std::vector<std::string> keeps_;
};

/// Begins the name of every quarantine.
inline constexpr const char* quarantine_prefix = "tmp_objdir-headway-";
/// In a quarantine: locked by its owner.
inline constexpr const char* owner_file = "owner";
/// In a quarantine: the locks of its plan could not be judged, so that it stays for a later sweep.
inline constexpr const char* undecided_file = "undecided";
/// In a quarantine: the refs that are being moved.
inline constexpr const char* locks_file = "locks";
/// Removes a quarantine with all that is in it; a dying child may be removing its files meanwhile.
void remove_quarantine(const std::string& folder);
/// The content of a ".keep" of the quarantine with this name.
std::string keep_mark(const std::string& name);

}  // namespace headway::git
