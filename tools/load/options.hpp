/// The command line of `headway-load`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tools/process/early_end.hpp>

namespace headway::load {

struct options {
  std::string scenario;
  std::optional<std::uint64_t> seed;
  std::optional<std::chrono::milliseconds> duration;
  std::optional<std::uint64_t> projects;
  std::string node;     ///< URL of a node that runs; empty: one is started.
  std::string program;  ///< headwayd; empty: beside this program.
  std::string cache;    ///< Of made-up histories; empty: the person's.
  std::string json;
  std::string html;
  bool check = false;
};

/// `arguments` without the program's own name.
std::variant<options, tools::early_end> parse_options(std::vector<std::string> arguments);

}  // namespace headway::load
