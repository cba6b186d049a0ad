// A load scenario, and one judgement of it.
#include <tests/fuzz/input.hpp>

#include <tools/load/judgement_text.hpp>
#include <tools/load/scenario_reader.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  const auto text = fuzz::text_of(data, size);
  const auto read = load::read_scenario_text(text, "input.toml");
  for (const auto& problem : read.problems)
    fuzz::expect(!problem.message.empty(), "a problem is told in words");
  static_cast<void>(load::parse_judgement(text));
  return 0;
}
