// A pack as a server sends it, taken apart into loose objects.
#include <filesystem>
#include <string>

#include <tests/fuzz/input.hpp>

#include <storage/git/repository.hpp>
#include <storage/git/small_pack.hpp>

namespace {

// Two digits of an id, and the other 38.
bool is_named_as_object(const std::filesystem::path& file) {
  return file.parent_path().filename().string().size() == 2 &&
         file.filename().string().size() == 38;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  static const fuzz::scratch_folder objects;
  static const bool ready = (git::initialise_library(), true);
  static_cast<void>(ready);
  const auto into = objects.path().string();
  static_cast<void>(git::unpack_small(fuzz::text_of(data, size), into, {into}));
  for (const auto& entry : std::filesystem::recursive_directory_iterator{objects.path()})
    fuzz::expect(entry.is_directory() || is_named_as_object(entry.path()),
                 "nothing but whole objects comes of a pack");
  objects.empty();
  return 0;
}
