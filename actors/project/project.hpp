/// The actor that knows one project.
///
/// Every request looks at the refs on disk before it is answered (read your writes), but a thousand
/// requests at once make two looks at most: those that come while a look runs wait for the next one
/// together, because the running one may have begun before the change that they must see.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <actors/actor_shell.hpp>
#include <actors/project/status_builder.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace headway {

/// What a project starts with.
struct project_start {
  project_id id;
  std::string path;
  sync_status_ptr last_status;  ///< From before the restart; may be null.
  std::vector<remote_state> remotes;
  urgency first_look = urgency::background;
  project_activity activity = project_activity::active;
};

class project : public actor_shell<project_actor> {
 public:
  project(caf::actor_config& config, engine_context shared, project_start start,
          fetch_config::background_mode background);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  using promise_type = caf::typed_response_promise<status_answer>;
  using time_point = std::chrono::steady_clock::time_point;
  struct asker {
    promise_type promise;
    time_point since;
    status_timing spent{};  ///< By the look that ran when it asked.
  };

  void look(urgency who);
  void look_unasked();
  void hurry();
  void read();
  void refs_read(read_refs_answer& answer);
  void count(refs_snapshot_ptr refs);
  void counted(const refs_snapshot_ptr& refs, const std::vector<tip_pair>& pairs,
               const count_answer& answer);
  void look_failed(const caf::error& error);
  void look_ended();
  void look_again_later(const caf::error& error);
  void track();
  void watch();
  void tell_of_view();
  project_info be(project_activity wish);
  void remotes_moved(const remotes_changed& change);
  bool hears_of_moves() const;
  void publish(std::vector<branch_status> branches);
  void publish_problem(const caf::error& error);
  judgement verdict() const;
  void announce(sync_status document);
  void store();
  void show();
  wall_time now() const { return shared().wall(); }

  project_id id_;
  std::string path_;
  fetch_config::background_mode background_;
  urgency first_look_;
  project_activity activity_;
  std::optional<repository_location> location_;
  refs_snapshot_ptr refs_;
  std::vector<branch_status> branches_;
  std::vector<remote_state> remotes_;
  std::vector<fetch_target> tracked_;
  std::optional<repository_location> watched_;
  git::ref_mark mark_;  ///< Made before the look that runs.
  /// Of `branches_`: as long as it holds, and until then.
  std::optional<std::pair<git::ref_mark, time_point>> standing_;
  time_point look_began_{};
  sync_status_ptr published_;
  bool seen_ = false;                 ///< A look has succeeded since the start.
  std::optional<judgement> problem_;  ///< Of the repository, as the last look found it.
  sync_status_ptr stored_;            ///< The last one that the database was given, or null.
  status_slot_ptr slot_;
  std::uint64_t change_;  ///< Of the remotes, the last that was heard of.
  wall_time observed_{};  ///< When `branches_` were as they are.
  wall_time read_at_{};   ///< When the look that runs has read the refs that it counts.
  std::optional<time_point> view_told_;
  bool looking_ = false;
  urgency look_for_ = urgency::background;  ///< Who waits for the look that runs.
  bool look_again_ = false;                 ///< Refs may have moved since the running look began.
  std::optional<time_point> retry_at_;
  unsigned failed_looks_ = 0;  ///< In a row.
  std::vector<asker> served_by_this_look_;
  std::vector<asker> need_another_look_;
  status_timing timing_;
  unsigned cancelled_counts_ = 0;
  caf::error parting_;  ///< Why the registry ended this actor.
};

}  // namespace headway
