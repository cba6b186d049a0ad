#include <cmath>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <utility>

#include <benchmarks/measure/report.hpp>
#include <boost/json.hpp>

#include <tools/terminal/table.hpp>

namespace headway::measure {

namespace {

template <class... Cases>
struct by_case : Cases... {
  using Cases::operator()...;
};

std::string to_text(const figure& x) {
  return std::visit(by_case{[](std::monostate) { return std::string{"-"}; },
                            [](const std::string& text) { return text; },
                            [](const ratio& times) { return measure::to_text(times); },
                            [](auto number) { return short_number(number); }},
                    x);
}

boost::json::value to_json(const figure& x) {
  using boost::json::value;
  return std::visit(by_case{[](std::monostate) { return value(nullptr); },
                            [](const ratio& times) {
                              return value{{"median", times.median},
                                           {"least", times.least},
                                           {"greatest", times.greatest}};
                            },
                            [](const auto& plain) { return value(plain); }},
                    x);
}

bool is_text(const figure& x) {
  return std::holds_alternative<std::string>(x);
}

}  // namespace

std::string short_number(std::uint64_t x) {
  auto digits = std::to_string(x);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

std::string short_number(double x) {
  if (std::abs(x) >= 99.95)
    return (x < 0 ? "-" : "") + short_number(static_cast<std::uint64_t>(std::llround(std::abs(x))));
  const auto decimals = std::abs(x) >= 9.995 ? 1 : std::abs(x) >= 0.9995 ? 2 : 3;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, x);
  return text;
}

section::section(std::string title, std::vector<std::string> headings)
    : title_{std::move(title)}, headings_{std::move(headings)} {}

void section::add(std::vector<figure> row) {
  if (row.size() != headings_.size())
    throw std::logic_error("\"" + title_ + "\" has a row that does not fit its headings");
  rows_.push_back(std::move(row));
}

std::string section::text() const {
  std::vector<terminal::column> columns;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    const auto left = !rows_.empty() && is_text(rows_.front()[i]);
    columns.push_back({.heading = headings_[i],
                       .side = left ? terminal::alignment::left : terminal::alignment::right});
  }
  terminal::table table{std::move(columns)};
  for (const auto& row : rows_) {
    std::vector<terminal::cell> cells;
    for (const auto& one : row)
      cells.push_back({.text = to_text(one)});
    table.add(std::move(cells));
  }
  return title_ + "\n" + table.render(terminal::unlimited_columns, terminal::color_use::plain);
}

report::report(std::string name, std::ostream& out) : name_{std::move(name)}, out_{out} {}

void report::state(const std::string& name, const std::string& value) {
  facts_.emplace_back(name, value);
  out_ << name << ": " << value << std::endl;
}

void report::state(const std::vector<std::pair<std::string, std::string>>& facts) {
  for (const auto& [name, value] : facts)
    state(name, value);
}

section& report::begin(std::string title, std::vector<std::string> headings) {
  print_sections();
  return sections_.emplace_back(std::move(title), std::move(headings));
}

void report::name(std::string key, figure value) {
  if (!named_.emplace(key, std::move(value)).second)
    throw std::logic_error("there are two figures of the name " + key);
}

void report::judge(std::string target, figure seen, bool met) {
  verdicts_.push_back({std::move(target), std::move(seen), std::string{met ? "met" : "MISSED"}});
  all_met_ = all_met_ && met;
}

void report::finish() {
  if (!verdicts_.empty()) {
    auto& table = begin("Verdict", {"target", "figure", "verdict"});
    for (auto& row : std::exchange(verdicts_, {}))
      table.add(std::move(row));
  }
  print_sections();
}

void report::print_sections() {
  for (; printed_ < sections_.size(); ++printed_)
    out_ << '\n' << sections_[printed_].text() << std::flush;
}

std::string report::json() const {
  boost::json::object facts;
  for (const auto& [name, value] : facts_)
    facts[name] = value;
  boost::json::array sections;
  for (const auto& one : sections_) {
    boost::json::array rows;
    for (const auto& row : one.rows()) {
      boost::json::object named;
      for (std::size_t i = 0; i < row.size(); ++i)
        named[one.headings()[i]] = to_json(row[i]);
      rows.push_back(std::move(named));
    }
    sections.push_back(boost::json::object{{"title", one.title()}, {"rows", std::move(rows)}});
  }
  boost::json::object figures;
  for (const auto& [key, value] : named_)
    figures[key] = to_json(value);
  return boost::json::serialize(boost::json::object{{"benchmark", name_},
                                                    {"facts", std::move(facts)},
                                                    {"figures", std::move(figures)},
                                                    {"sections", std::move(sections)}});
}

void report::write_json(const std::filesystem::path& file) const {
  std::ofstream stream{file};
  stream << json() << '\n';
  if (!stream.flush())
    throw std::runtime_error("cannot write " + file.string());
}

}  // namespace headway::measure
