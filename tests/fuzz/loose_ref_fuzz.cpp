// A file that holds a ref, and names of refs.
#include <tests/fuzz/input.hpp>

#include <storage/git/ref_name.hpp>
#include <storage/git/ref_store.hpp>
#include <storage/git/refspec.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  const auto text = fuzz::text_of(data, size);
  const fuzz::scratch_file file{text};
  const auto ref = git::read_ref_file(file.path());
  fuzz::expect(ref.has_value(), "a file that is there is read");
  fuzz::expect(!(ref->id && ref->target), "a ref is symbolic or not");
  const std::string name{text};
  static_cast<void>(git::expansions(name));
  if (git::is_valid_ref_name(name))
    static_cast<void>(
        git::shorten(name, git::uniqueness::among_all_rules, [](const auto&) { return false; }));
  if (const auto spec = git::refspec::parse(name)) {
    const auto here = git::to_tracking({*spec}, "refs/heads/main");
    if (here && !spec->negative)
      fuzz::expect(git::to_remote({*spec}, *here).has_value(), "a mapping leads back");
  }
  return 0;
}
