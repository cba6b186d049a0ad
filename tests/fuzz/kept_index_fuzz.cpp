// The index of a graph that is kept between starts. Its checksum is made right, since no other file
// gets any further.
#include <cstring>
#include <vector>

#include <tests/fuzz/input.hpp>

#include <storage/graph/chain_file.hpp>
#include <storage/graph/checksum.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  constexpr std::size_t unsummed = 16;
  std::vector<std::uint8_t> bytes(data, data + size);
  if (size > unsummed) {
    const graph::byte_span summed{bytes.data() + unsummed, size - unsummed};
    const auto sum = graph::checksum64(std::span{&summed, 1});
    std::memcpy(bytes.data() + 8, &sum, sizeof sum);
  }
  const fuzz::scratch_file file{fuzz::text_of(bytes.data(), bytes.size())};
  static_cast<void>(graph::read_chain_file(file.path()));
  return 0;
}
