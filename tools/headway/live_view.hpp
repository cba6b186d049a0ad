/// All projects of a node on one screen: what is seen, and what keys do to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <messages/fetch.hpp>
#include <messages/project.hpp>
#include <tools/terminal/keys.hpp>
#include <tools/terminal/screen.hpp>

namespace headway::tools {

/// Not thread-safe. Takes the time as an argument, and asks nobody.
class live_view {
 public:
  /// Only projects at or below `directories`; all when there are none. REQUIRES: they are resolved.
  explicit live_view(std::vector<std::string> directories = {});

  /// The list, as it was read.
  void replace(const std::vector<project_info>& projects);
  void take(const project_info& project);
  void remove(const project_id& project);
  void take_stage(const project_id& project, fetch_stage stage);

  enum class wish : std::uint8_t { nothing, quit, fetch };
  /// What whoever pressed `pressed` wants of others; the rest has been done.
  wish press(const terminal::key_press& pressed);
  /// The id of the selected project; empty without any.
  const std::string& selected() const noexcept { return selected_; }

  struct look {
    std::size_t columns = 80;
    std::size_t rows = 24;
    terminal::color_use colors = terminal::color_use::plain;
    wall_time now{};
    std::string address;  ///< Of the node.
    std::string note;     ///< What is wrong, or has just been done; may be empty.
  };
  /// `how.rows` lines, none with more than `how.columns`; no end of line after the last.
  std::string picture(const look& how);

 private:
  enum class order : std::uint8_t { attention, name, behind, ahead };
  enum class choice : std::uint8_t { all, attention };

  struct entry {
    project_info project;
    fetch_stage stage = fetch_stage::done;
  };

  std::vector<const entry*> visible() const;
  void move(std::ptrdiff_t by);
  std::string heading(const look& how, std::size_t shown) const;
  std::string body(const look& how, const std::vector<const entry*>& rows) const;

  std::vector<std::string> directories_;
  std::map<std::string, entry> known_;
  std::string selected_;
  std::size_t top_ = 0;    ///< The first row on the screen.
  std::size_t page_ = 10;  ///< Rows of the last picture.
  order order_ = order::attention;
  choice choice_ = choice::all;
};

}  // namespace headway::tools
