/// People who register projects, ask how they stand, and have them fetched; every question of
/// theirs has to be answered in time.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <tests/simulation/node.hpp>

namespace headway::simulation {

class people {
 public:
  people(world& of, witness& eyes, journal& trace) : world_(of), eyes_(eyes), trace_(trace) {}

  void set_node(node* at) { node_ = at; }

  /// One of them does something.
  void act();
  /// Many registrations come and go at once.
  void change_the_list();
  void add(const std::string& path);
  void remove(const project_id& project);
  void ask_status(const project_id& project);
  void set_activity(const project_id& project, project_activity wish);
  void ask_fetch(const project_id& project);
  void cancel(fetch_id id);
  /// Asks how a project stands now that all has been well for long.
  void ask_truth(const project_id& project);

  /// Asks for the end of all fetches that were accepted in this life: they must have ended.
  void ask_for_ends();
  /// What was accepted before is forgotten with the node.
  void forget_fetches() { accepted_.clear(); }

  /// Complains about questions that wait for too long; with `moment::max()`, about all that wait.
  void check_answers(moment now);

  /// Whether a project of this store is registered and not suspended.
  following follows(const std::string& common_dir) const;
  std::optional<bool> is_suspended(const std::string& path) const;

  /// What the store holds at a start is what was acknowledged; what a damaged one has lost is
  /// registered no more.
  enum class loss : std::uint8_t { none, possible };
  void check_promises(const stored_state& state, loss of_any);

  std::map<std::string, std::string> projects() const;  ///< Slug to path: certainly registered.
  bool is_registered(const project_id& project) const;
  const std::string& path_of(const std::string& slug) const;
  std::uint64_t questions() const { return questions_; }
  std::size_t truths() const { return truths_; }

 private:
  enum class promise : std::uint8_t { absent, present, unknown };
  struct question {
    std::string what;
    moment asked;
    moment due;
    bool answered = false;
  };
  struct registration {
    promise holds = promise::absent;
    std::string slug;
    unsigned changing = 0;  ///< Requests that are on their way.
    moment settled{};       ///< When the last of them was answered.
    /// Nothing: nobody knows.
    std::optional<project_activity> activity = project_activity::active;
  };

  bool is_at_ease(const std::string& path) const;
  void settle(registration& one);
  std::shared_ptr<question> open(std::string what, milliseconds patience);
  void answered(question& one, const std::string& how);
  void await(const project_id& project, moment asked, fetch_id id);

  world& world_;
  witness& eyes_;
  journal& trace_;
  node* node_ = nullptr;
  std::list<std::shared_ptr<question>> waiting_;
  std::map<std::string, registration> known_;  ///< By path.
  std::map<std::string, std::string> paths_;   ///< By slug.
  std::vector<fetch_id> accepted_;
  std::uint64_t questions_ = 0;
  std::size_t truths_ = 0;
};

}  // namespace headway::simulation
