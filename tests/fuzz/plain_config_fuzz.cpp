// Git's configuration, as far as it is plain.
#include <tests/fuzz/input.hpp>

#include <storage/git/plain_config.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  const auto entries = git::read_plain_config(fuzz::text_of(data, size));
  if (!entries)
    return 0;
  for (const auto& entry : *entries) {
    fuzz::expect(entry.key.find('.') != std::string::npos, "a key stands in a section");
    fuzz::expect(entry.key.find('\n') == std::string::npos, "a key is of one line");
    fuzz::expect(!entry.value || entry.value->find('\n') == std::string::npos,
                 "a plain value is of one line");
  }
  return 0;
}
