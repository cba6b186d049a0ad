#include <benchmarks/graph_queries/verdicts.hpp>

namespace headway::graph_queries {

namespace {

std::string to_text(const ahead_behind& counts) {
  return std::to_string(counts.ahead) + "/" + std::to_string(counts.behind);
}

}  // namespace

void verdicts::compare(const std::string& who, counterpart kind, const subject& of,
                       const tip_pair& pair, const ahead_behind& ours, const ahead_behind& theirs) {
  auto& mine = accounts_[who];
  ++mine.compared;
  if (ours == theirs)
    return;
  const auto truth = of.truth(pair);
  if (truth != ours) {
    ++ours_wrong_;
    failed_ = true;
  }
  if (truth != theirs)
    ++mine.wrong;
  failed_ = failed_ || kind == counterpart::exact;
  if (mine.example.empty())
    mine.example = of.name() + " " + pair.local.hex().substr(0, 12) + "..." +
                   pair.upstream.hex().substr(0, 12) + ": " + to_text(theirs) + ", ours " +
                   to_text(ours) + ", sets " + to_text(truth);
}

void verdicts::add_to(measure::report& report) const {
  auto& section = report.begin("Answers: compared with ours, and wrong by the sets of ancestors",
                               {"who", "compared", "wrong", "example"});
  for (const auto& [who, mine] : accounts_)
    section.add({who, mine.compared, mine.wrong, mine.example});
  section.add({"Headway", std::monostate{}, ours_wrong_, ""});
}

}  // namespace headway::graph_queries
