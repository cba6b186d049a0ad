// The configuration file of a node.
#include <tests/fuzz/input.hpp>

#include <config/load.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(headway::load_text(headway::fuzz::text_of(data, size), "input.toml"));
  return 0;
}
