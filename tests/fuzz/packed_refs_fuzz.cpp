// packed-refs.
#include <algorithm>

#include <tests/fuzz/input.hpp>

#include <storage/git/packed_refs.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  const fuzz::scratch_file file{fuzz::text_of(data, size)};
  const auto refs = git::packed_refs::read(file.path());
  if (!refs)
    return 0;
  fuzz::expect(std::ranges::is_sorted(refs->entries(), {}, &git::packed_refs::entry::name),
               "refs are listed by name");
  for (const auto& entry : refs->entries())
    fuzz::expect(refs->find(entry.name).has_value(), "what is listed is found");
  static_cast<void>(refs->find("refs/heads/main"));
  return 0;
}
