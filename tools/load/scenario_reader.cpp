#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <tuple>

#include <toml++/toml.h>

#include <config/nearest.hpp>
#include <config/option_values.hpp>
#include <config/override.hpp>
#include <config/units.hpp>
#include <messages/error.hpp>
#include <tools/load/judgement_text.hpp>
#include <tools/load/scenario_reader.hpp>

namespace headway::load {

namespace {

using place = toml::source_position;

/// Larger files are refused: no scenario is that large.
constexpr std::size_t max_scenario_size = 1u << 20;

std::string shown(const toml::node& node) {
  if (node.is_table() || node.is_array())
    return node.is_table() ? "(a table)" : "(a list)";
  if (const auto* written = node.as_string())
    return shortened(toml_string(written->get()));
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  return shortened(text.str());
}

template <class Names>
std::string listed(const Names& names) {
  std::string text;
  for (const auto& name : names)
    text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// Collects complaints about one source.
class complaints {
 public:
  explicit complaints(std::string_view name) : name_{name} {}

  void add(place where, std::string key, std::string value, std::string message) {
    found_.push_back({.file = name_,
                      .line = where.line,
                      .column = where.column,
                      .key = std::move(key),
                      .value = std::move(value),
                      .message = std::move(message)});
  }

  std::vector<diagnostic> finish() {
    std::ranges::stable_sort(found_, {}, [](const diagnostic& problem) {
      return std::tuple{problem.line, problem.column};
    });
    return std::move(found_);
  }

 private:
  std::string name_;
  std::vector<diagnostic> found_;
};

/// Takes the keys of one table one by one, and complains of what nobody took.
class section {
 public:
  section(const toml::table& table, std::string path, complaints& to)
      : table_{table}, path_{std::move(path)}, to_{to} {}

  void text(std::string_view key, std::string& field) {
    take(key, "must be a text in quotation marks", [&](const toml::node& node) {
      const auto* value = node.as_string();
      if (value)
        field = value->get();
      return value != nullptr;
    });
  }

  void duration(std::string_view key, milliseconds& field) {
    std::optional<milliseconds> value;
    duration(key, value);
    field = value.value_or(field);
  }

  void duration(std::string_view key, std::optional<milliseconds>& field) {
    const auto* node = find(key);
    if (!node)
      return;
    const auto* written = node->as_string();
    if (!written)
      return complain(key, *node, "must be " + std::string{duration_form});
    const auto value = parse_duration(written->get());
    if (!value)
      return complain(key, *node, detail_of(value.error()));
    field = *value;
  }

  void size(std::string_view key, std::uint64_t& field) {
    const auto* node = find(key);
    if (!node)
      return;
    const auto* written = node->as_string();
    if (!written)
      return complain(key, *node, "must be " + std::string{size_form});
    const auto value = parse_size(written->get());
    if (!value)
      return complain(key, *node, detail_of(value.error()));
    field = *value;
  }

  void count(std::string_view key, std::uint64_t& field, std::uint64_t least, std::uint64_t most) {
    take(key,
         "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most),
         [&](const toml::node& node) {
           const auto* value = node.as_integer();
           if (!value || value->get() < 0 || static_cast<std::uint64_t>(value->get()) < least ||
               static_cast<std::uint64_t>(value->get()) > most)
             return false;
           field = static_cast<std::uint64_t>(value->get());
           return true;
         });
  }

  void number(std::string_view key, double& field, double least, double most) {
    std::ostringstream range;
    range << "must be a number from " << least << " to " << most;
    take(key, range.str(), [&](const toml::node& node) {
      const auto value = node.value<double>();
      if (!value || !node.is_number() || !(*value >= least && *value <= most))
        return false;
      field = *value;
      return true;
    });
  }

  void flag(std::string_view key, bool& field) {
    take(key, "must be true or false", [&](const toml::node& node) {
      const auto* value = node.as_boolean();
      if (value)
        field = value->get();
      return value != nullptr;
    });
  }

  template <class Enum, std::size_t Size>
  void choice(std::string_view key, const std::array<std::string_view, Size>& names, Enum& field) {
    take(key, "must be one of " + listed(names), [&](const toml::node& node) {
      const auto* value = node.as_string();
      const auto found = value ? std::ranges::find(names, value->get()) : names.end();
      if (found == names.end())
        return false;
      field = static_cast<Enum>(found - names.begin());
      return true;
    });
  }

  void texts(std::string_view key, std::vector<std::string>& field,
             const std::function<std::string(const std::string&)>& objection) {
    const auto* node = find(key);
    if (!node)
      return;
    if (!node->is_array())
      return complain(key, *node, "must be a list of texts");
    for (const auto& item : *node->as_array()) {
      const auto* value = item.as_string();
      if (!value) {
        complain(key, item, "must be a text in quotation marks");
      } else if (const auto problem = objection(value->get()); !problem.empty()) {
        complain(key, item, problem);
      } else {
        field.push_back(value->get());
      }
    }
  }

  /// Calls `read` with the table `key`, if there is one.
  template <class Read>
  void table(std::string_view key, Read read) {
    const auto* node = find(key);
    if (!node)
      return;
    if (!node->is_table())
      return complain(key, *node, "must be a table");
    section inner{*node->as_table(), path_of(key), to_};
    read(inner);
    inner.finish();
  }

  /// Calls `read` with each table of the list `key`.
  template <class Read>
  void tables(std::string_view key, Read read) {
    const auto* node = find(key);
    if (!node)
      return;
    if (!node->is_array())
      return complain(key, *node, "must be a list of tables: write [[" + path_of(key) + "]]");
    for (const auto& item : *node->as_array()) {
      if (!item.is_table()) {
        complain(key, item, "must be a table: write [[" + path_of(key) + "]]");
        continue;
      }
      section inner{*item.as_table(), path_of(key), to_};
      read(inner);
      inner.finish();
    }
  }

  void complain(std::string_view key, std::string message) {
    const auto* node = table_.get(key);
    const auto where = node ? node->source().begin : table_.source().begin;
    to_.add(where, path_of(key), node ? shown(*node) : "", std::move(message));
  }

  bool has(std::string_view key) const { return table_.contains(key); }
  place where(std::string_view key) const { return table_.get(key)->source().begin; }
  place where() const { return table_.source().begin; }

  /// Complains of keys that nobody took.
  void finish() {
    for (const auto& [key, node] : table_) {
      if (taken_.contains(key.str()))
        continue;
      std::string message = "is unknown";
      for (const auto& known : taken_)
        if (edit_distance(key.str(), known) <= std::max<std::size_t>(1, known.size() / 3)) {
          message += " (did you mean " + known + "?)";
          break;
        }
      to_.add(key.source().begin, path_of(key.str()), "", message + "; allowed: " + listed(taken_));
    }
  }

 private:
  const toml::node* find(std::string_view key) {
    taken_.emplace(key);
    return table_.get(key);
  }

  template <class Take>
  void take(std::string_view key, const std::string& wanted, Take accept) {
    const auto* node = find(key);
    if (node && !accept(*node))
      complain(key, *node, wanted);
  }

  void complain(std::string_view key, const toml::node& node, std::string message) {
    to_.add(node.source().begin, path_of(key), shown(node), std::move(message));
  }

  std::string path_of(std::string_view key) const {
    return path_.empty() ? std::string{key} : path_ + "." + std::string{key};
  }

  const toml::table& table_;
  std::string path_;
  complaints& to_;
  std::set<std::string, std::less<>> taken_;
};

constexpr milliseconds longest_run{std::chrono::hours{24 * 7}};

class reader {
 public:
  explicit reader(std::string_view name) : found_{name} {}

  void read(const toml::table& root) {
    section top{root, "", found_};
    top.text("name", plan_.name);
    top.text("about", plan_.about);
    top.count("seed", plan_.seed, 0, std::uint64_t{1} << 62);
    top.count("server_niceness", plan_.server_niceness, 0, 19);
    top.duration("duration", plan_.duration);
    top.duration("warm_up", plan_.warm_up);
    if (plan_.duration < milliseconds{1'000} || plan_.duration > longest_run)
      top.complain("duration", "must be from \"1 s\" to \"7 d\"");
    if (plan_.warm_up >= plan_.duration)
      top.complain("warm_up", "must be shorter than the duration");
    top.table("node", [this](section& node) { read_node(node); });
    top.tables("hosts", [this](section& host) { read_host(host); });
    top.tables("projects", [this](section& group) { read_projects(group); });
    top.table("users", [this](section& users) { read_users(users); });
    top.tables("changes", [this](section& change) { read_change(change); });
    top.tables("events", [this](section& event) { read_event(event); });
    top.tables("judgements", [this](section& judged) { read_judgement(judged); });
    if (plan_.projects.empty())
      top.complain("projects", "there must be at least one [[projects]]");
    if (plan_.hosts.empty())
      top.complain("hosts", "there must be at least one [[hosts]]");
    // Whoever says nothing about the mix asks for what matters most.
    if (std::ranges::all_of(plan_.users.mix, [](auto weight) { return weight == 0; }))
      plan_.users.mix[static_cast<std::size_t>(request_kind::status)] = 1;
    check_names();
    top.finish();
  }

  read_scenario finish() { return {std::move(plan_), found_.finish()}; }
  complaints& found() { return found_; }

 private:
  void read_node(section& node) {
    node.texts("settings", plan_.node_settings, [](const std::string& text) {
      node_config ignored;
      const auto problem = apply_override(ignored, text);
      return problem ? problem->key + ": " + problem->message : std::string{};
    });
    node.flag("storm_only", plan_.storm_only);
  }

  static void read_link(section& link, link_quality& quality) {
    link.duration("latency", quality.latency);
    link.duration("jitter", quality.jitter);
    link.size("bandwidth", quality.bandwidth);
    link.size("capacity", quality.capacity);
    link.number("loss_percent", quality.loss_percent, 0, 100);
  }

  void read_host(section& from) {
    host_plan host;
    from.text("name", host.name);
    from.choice("transport", transport_names, host.by);
    read_link(from, host.link);
    if (host.name.empty())
      from.complain("name", "a host needs a name");
    else if (std::ranges::find(plan_.hosts, host.name, &host_plan::name) != plan_.hosts.end())
      from.complain("name", "there is a host of that name already");
    if (host.by == transport::local && (host.link.latency.count() > 0 || host.link.bandwidth > 0 ||
                                        host.link.capacity > 0 || host.link.loss_percent > 0))
      from.complain("transport",
                    "nothing stands between a clone and a local remote; leave out "
                    "latency, bandwidth, capacity and loss_percent");
    plan_.hosts.push_back(std::move(host));
  }

  void read_projects(section& from) {
    project_group group;
    from.count("count", group.count, 1, 100'000);
    from.choice("template", template_names, group.of);
    from.count("spare", group.spare, 0, 10'000);
    from.text("host", group.host);
    from.table("branches", [&](section& tracked) {
      tracked.count("least", group.tracked.least, 1, 200);
      tracked.count("mean", group.tracked.mean, 1, 200);
      tracked.count("most", group.tracked.most, 1, 200);
      if (group.tracked.least > group.tracked.mean || group.tracked.mean > group.tracked.most)
        tracked.complain("mean", "must lie between least and most");
    });
    named_.push_back({from.has("host") ? from.where("host") : from.where(), "projects.host",
                      group.host, reference::host});
    plan_.projects.push_back(std::move(group));
  }

  void read_users(section& from) {
    auto& users = plan_.users;
    from.count("count", users.count, 1, 10'000);
    from.choice("arrival", arrival_names, users.arrive);
    from.number("rate", users.rate, 0.001, 1'000'000);
    from.duration("think_time", users.think_time);
    from.number("zipf", users.zipf, 0, 10);
    from.table("mix", [&](section& mix) {
      for (std::size_t i = 0; i < request_names.size(); ++i)
        mix.count(request_names[i], users.mix[i], 0, 1'000'000);
    });
    from.tables("peaks", [&](section& one) {
      peak high;
      one.duration("at", high.at);
      one.duration("for", high.lasts);
      one.number("factor", high.factor, 0, 1'000);
      users.peaks.push_back(high);
    });
    if (users.arrive == arrival::open && from.has("think_time"))
      from.complain("think_time", "belongs to closed arrival; open arrival has a rate");
    if (users.arrive == arrival::closed && (from.has("rate") || from.has("peaks")))
      from.complain(from.has("rate") ? "rate" : "peaks",
                    "belongs to open arrival; closed arrival has a think_time");
  }

  void read_change(section& from) {
    change_plan change;
    from.choice("kind", change_names, change.kind);
    from.number("rate", change.rate, 0.0001, 10'000);
    from.count("branches", change.branches, 1, 200);
    from.count("commits", change.commits, 1, 10'000);
    from.duration("from", change.from);
    from.duration("until", change.until);
    plan_.changes.push_back(change);
  }

  void read_event(section& from) {
    event_plan event;
    from.duration("at", event.at);
    from.choice("do", event_names, event.what);
    event.name = event_names[static_cast<std::size_t>(event.what)];
    from.text("name", event.name);
    from.text("host", event.host);
    from.choice("how", failure_names, event.how);
    read_link(from, event.link);
    from.duration("for", event.lasts);
    from.duration("every", event.every);
    from.duration("spread", event.spread);
    from.count("processes", event.processes, 1, 256);
    from.duration("step", event.step);
    from.choice("change", change_names, event.change);
    from.count("projects", event.projects, 0, 100'000);
    from.count("branches", event.branches, 1, 200);
    if (!from.has("do"))
      from.complain("do", "an event needs something to do, one of " + listed(event_names));
    if (event.at >= plan_.duration)
      from.complain("at", "lies behind the end of the run");
    if (event.every && event.every->count() == 0)
      from.complain("every", "must be longer than nothing");
    const bool of_a_host =
        event.what == event_kind::host_down || event.what == event_kind::host_slow;
    if (of_a_host)
      named_.push_back({from.has("host") ? from.where("host") : from.where(), "events.host",
                        event.host, reference::host});
    if (event.what == event_kind::changes && event.projects == 0)
      from.complain("projects", "changes happen in some projects: say in how many");
    plan_.events.push_back(std::move(event));
  }

  void read_judgement(section& from) {
    std::string text;
    from.text("that", text);
    auto judged = parse_judgement(text);
    std::string during;
    from.text("during", during);
    if (!during.empty())
      named_.push_back({from.where("during"), "judgements.during", during, reference::event});
    if (!judged)
      return from.complain("that", detail_of(judged.error()));
    judged->during = during;
    const bool compares = judged->of.what == measure_kind::latency_change ||
                          judged->of.what == measure_kind::latency_added;
    if (compares && during.empty())
      from.complain("that", "compares a part of the run with the rest: name an event by during");
    plan_.judgements.push_back(std::move(*judged));
  }

  /// What names a host or an event that may stand further down.
  void check_names() {
    for (const auto& [at, key, name, kind] : named_) {
      std::vector<std::string> known;
      for (const auto& host : plan_.hosts)
        if (kind == reference::host)
          known.push_back(host.name);
      for (const auto& event : plan_.events)
        if (kind == reference::event)
          known.push_back(event.name);
      if (std::ranges::find(known, name) == known.end())
        found_.add(at, key, toml_string(name),
                   std::string{"names no "} + (kind == reference::host ? "host" : "event") +
                       " of this scenario" +
                       (known.empty() ? std::string{} : "; there are " + listed(known)));
    }
  }

  enum class reference : std::uint8_t { host, event };
  struct named {
    place at;
    std::string key;
    std::string name;
    reference kind;
  };

  scenario plan_;
  complaints found_;
  std::vector<named> named_;
};

}  // namespace

read_scenario read_scenario_text(std::string_view text, std::string_view name) {
  reader source{name};
  if (text.size() > max_scenario_size) {
    source.found().add({0, 0}, "", "", "is larger than 1 MiB, which no scenario is");
    return source.finish();
  }
  try {
    source.read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    source.found().add(error.source().begin, "", "",
                       "is not valid TOML: " + std::string{error.description()});
  }
  return source.finish();
}

read_scenario read_scenario_file(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::error_code ignored;
  if (!stream || std::filesystem::is_directory(file, ignored)) {
    reader source{file.string()};
    source.found().add({0, 0}, "", "", "cannot be read; give the path of a scenario");
    return source.finish();
  }
  std::ostringstream text;
  text << stream.rdbuf();
  auto result = read_scenario_text(text.str(), file.string());
  if (result.plan.name.empty())
    result.plan.name = file.stem().string();
  return result;
}

}  // namespace headway::load
