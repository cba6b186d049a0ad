/// A temporary folder and real `git`, run in an environment that knows nothing of the person's own
/// configuration.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace headway::test {

struct run_result {
  int status = 0;  ///< Exit status; 128 + signal when killed.
  std::string output;
  std::string errors;
};

/// Runs a program to its end; `environment` is added to the hermetic one of `sandbox`.
run_result run_program(const std::vector<std::string>& argv, const std::filesystem::path& directory,
                       const std::vector<std::pair<std::string, std::string>>& environment = {},
                       const std::string& input = {});

class sandbox {
 public:
  sandbox();   ///< Makes the folder; sets GIT_CONFIG_GLOBAL and the like for this process too.
  ~sandbox();  ///< Removes it, read-only parts included.
  sandbox(const sandbox&) = delete;
  sandbox& operator=(const sandbox&) = delete;

  const std::filesystem::path& root() const noexcept { return root_; }
  std::filesystem::path operator/(const std::string& name) const { return root_ / name; }

  /// Output of `git ARGS…` in `directory`, less the final newline. Throws with git's words on
  /// failure.
  std::string git(const std::filesystem::path& directory, const std::vector<std::string>& args,
                  const std::string& input = {}) const;

  /// The same, but failure is an answer.
  run_result try_git(const std::filesystem::path& directory, const std::vector<std::string>& args,
                     const std::string& input = {}) const;

  /// A new repository with branch "main" checked out; `args` go to `git init`.
  std::filesystem::path init(const std::string& name,
                             const std::vector<std::string>& args = {}) const;

  /// Adds an empty commit on HEAD and answers its id. Each commit is a second later than the
  /// one before, unless `date` (seconds since the epoch) is given.
  std::string commit(const std::filesystem::path& repository, const std::string& message,
                     long long date = 0);

  void write(const std::filesystem::path& file, const std::string& content) const;
  std::string read(const std::filesystem::path& file) const;

 private:
  std::filesystem::path root_;
  long long clock_ = 1'700'000'000;
};

}  // namespace headway::test
