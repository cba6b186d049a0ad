/// Comparing contenders fairly on a machine that is never quite quiet.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace headway::measure {

/// `measure` does the work once and answers what it cost, in any unit that all contenders share.
struct contender {
  std::string name;
  std::function<double()> measure;
};

/// Costs by contender, then by round.
using round_costs = std::vector<std::vector<double>>;

/// Each round lets all contenders run once; every other round the other way round (A B B A A B …),
/// so that whatever drifts weighs on all alike.
round_costs run_rounds(std::size_t rounds, std::span<const contender> contenders);

/// Of ratios taken within each round: what slowed a round slowed both.
struct ratio {
  double median = 0;
  double least = 0;
  double greatest = 0;
};

/// How many times `other` costs what `ours` does. REQUIRES: as many rounds of both, one at least.
ratio ratio_of(std::span<const double> other, std::span<const double> ours);

/// "152 (140 to 171)"
std::string to_text(const ratio& x);

}  // namespace headway::measure
