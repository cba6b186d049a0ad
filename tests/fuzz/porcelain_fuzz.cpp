// What git prints: the refs of a remote, and why it failed.
#include <tests/fuzz/input.hpp>

#include <storage/git/fetch_answer.hpp>
#include <storage/git/fetch_failure.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  const auto text = fuzz::text_of(data, size);
  if (const auto refs = git::parse_answer(text))
    for (const auto& [name, id] : *refs)
      fuzz::expect(fuzz::is_printable_line(name), "a ref name holds no control character");
  fuzz::expect(fuzz::is_printable_line(git::meaningful_line(text)),
               "the reason is one printable line");
  static_cast<void>(git::code_in(text));
  return 0;
}
