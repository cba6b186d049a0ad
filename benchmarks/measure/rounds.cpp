#include <algorithm>

#include <benchmarks/measure/report.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

namespace headway::measure {

round_costs run_rounds(std::size_t rounds, std::span<const contender> contenders) {
  round_costs costs(contenders.size(), std::vector<double>(rounds));
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t turn = 0; turn < contenders.size(); ++turn) {
      const auto who = round % 2 == 0 ? turn : contenders.size() - 1 - turn;
      costs[who][round] = contenders[who].measure();
    }
  return costs;
}

ratio ratio_of(std::span<const double> other, std::span<const double> ours) {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < ours.size(); ++round)
    ratios.push_back(other[round] / ours[round]);
  const auto [least, greatest] = std::minmax_element(ratios.begin(), ratios.end());
  return {median(ratios), *least, *greatest};
}

std::string to_text(const ratio& x) {
  return short_number(x.median) + " (" + short_number(x.least) + " to " + short_number(x.greatest) +
         ")";
}

}  // namespace headway::measure
