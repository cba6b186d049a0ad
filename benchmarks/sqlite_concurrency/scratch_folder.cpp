#include <cstdlib>
#include <stdexcept>

#include <benchmarks/sqlite_concurrency/scratch_folder.hpp>

namespace headway::sqlite_concurrency {

scratch_folder::scratch_folder(const std::filesystem::path& where) {
  auto pattern = (where / ".sqlite-concurrency-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no folder can be made in " + where.string());
  path_ = pattern;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace headway::sqlite_concurrency
