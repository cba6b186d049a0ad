/// The trace of a run, for a person; costs nothing when nobody reads it.
#pragma once

#include <cstdio>
#include <string>

#include <tests/simulation/world.hpp>

namespace headway::simulation {

class journal {
 public:
  enum class verbosity : std::uint8_t { silent, spoken };

  journal(verbosity how, const world& of) : how_(how), of_(of) {}

  bool on() const { return how_ == verbosity::spoken; }

  void operator()(const char* who, const std::string& what) const {
    if (on() && !what.empty())
      std::printf("%10.3f  %-10s %s\n", double(of_.now().count()) / 1000, who, what.c_str());
  }

 private:
  verbosity how_;
  const world& of_;
};

}  // namespace headway::simulation
