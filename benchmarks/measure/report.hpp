/// Figures once, as a table for people and as JSON for programs.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <benchmarks/measure/rounds.hpp>

namespace headway::measure {

/// Three significant digits: "0.142", "15.3", "1,520"; more only where an integer has more.
std::string short_number(double x);
/// With a comma between thousands.
std::string short_number(std::uint64_t x);

/// "-" when there is nothing to tell.
using figure = std::variant<std::monostate, std::string, std::uint64_t, double, ratio>;

/// A table: what stands in a row is about one thing. Headings name units, such as "p99 us".
class section {
 public:
  section(std::string title, std::vector<std::string> headings);

  /// Throws `std::logic_error` unless there are as many figures as headings.
  void add(std::vector<figure> row);

  std::string text() const;
  const std::string& title() const noexcept { return title_; }
  const std::vector<std::string>& headings() const noexcept { return headings_; }
  const std::vector<std::vector<figure>>& rows() const noexcept { return rows_; }

 private:
  std::string title_;
  std::vector<std::string> headings_;
  std::vector<std::vector<figure>> rows_;
};

/// Prints each section when the next begins, so that one sees results while others are measured.
/// Not thread-safe.
class report {
 public:
  /// `out` must outlive this object. `name` is the benchmark's.
  report(std::string name, std::ostream& out);

  /// What the figures depend on: machine, versions, options.
  void state(const std::string& name, const std::string& value);
  void state(const std::vector<std::pair<std::string, std::string>>& facts);

  /// Stays where it is until this object ends.
  section& begin(std::string title, std::vector<std::string> headings);

  /// A figure that others look for: under a name that stays, whatever titles and headings become.
  /// Throws `std::logic_error` when there is one of that name.
  void name(std::string key, figure value);

  /// What is aimed at, what was seen of it, and whether that is good enough: a row of the table
  /// "Verdict", which `finish` puts last.
  void judge(std::string target, figure seen, bool met);
  bool all_met() const noexcept { return all_met_; }

  /// Prints what has not been printed.
  void finish();

  std::string json() const;
  /// Throws `std::runtime_error` that names the file when it cannot be written.
  void write_json(const std::filesystem::path& file) const;

 private:
  void print_sections();

  std::string name_;
  std::ostream& out_;
  std::vector<std::pair<std::string, std::string>> facts_;
  std::deque<section> sections_;
  std::map<std::string, figure> named_;
  std::vector<std::vector<figure>> verdicts_;
  bool all_met_ = true;
  std::size_t printed_ = 0;
};

}  // namespace headway::measure
