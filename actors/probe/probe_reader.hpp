/// The part of the prober that looks at files: configurations, refs, remotes on this machine. It
/// blocks for as long as their disk does; so there is one for each disk, and the engine spawns each
/// on a thread of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <actors/actor_shell.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/address_book.hpp>
#include <storage/git/local_remote.hpp>
#include <storage/git/ref_lookup.hpp>

namespace headway {

using probe_job_ptr = std::shared_ptr<const probe_job>;

/// Where the remotes of these targets are. Places count the targets of the job.
struct address_job {
  probe_job_ptr of;
  std::vector<std::size_t> places;
};

/// For each place the address, or what there is to say of a remote that is not asked. Addresses may
/// hold secrets: it goes to the prober and nowhere else.
struct address_answer {
  std::vector<std::variant<git::remote_address, probe_report>> found;
};

/// Compares a target with its remote, which is on this machine.
struct local_look_job {
  probe_job_ptr of;
  std::size_t place = 0;
  std::string address;
};

/// Compares these targets with what their remote has told.
struct comparison_job {
  probe_job_ptr of;
  std::vector<std::size_t> places;
  advertised_refs_ptr seen;
};

}  // namespace headway

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::address_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::address_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::local_look_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::comparison_job)

namespace headway {

/// Answers are in the order of the places.
using probe_reader_actor = caf::typed_actor<caf::replies_to<address_job>::with<address_answer>,
                                            caf::replies_to<local_look_job>::with<probe_answer>,
                                            caf::replies_to<comparison_job>::with<probe_answer>,
                                            // Answers when it has done what it was asked before.
                                            caf::replies_to<caf::ok_atom>::with<caf::ok_atom>>;

/// Nothing is known of the remote but that git has to ask it; `why` is for a person.
probe_report left_to_git(std::string why);

/// What a failure to ask the remote of `target` comes to, in the words that git would use.
probe_report failed_probe(const fetch_target& target, ec code, const std::string& why);

class probe_reader : public actor_shell<probe_reader_actor> {
 public:
  probe_reader(caf::actor_config& config, engine_context shared)
      : actor_shell(config, "probe-reader", std::move(shared)) {}

 protected:
  behavior_type make_behavior() override;

 private:
  std::variant<git::remote_address, probe_report> address_of(const fetch_target& target,
                                                             const probe_job& job);
  probe_report look(const fetch_target& target, const std::string& address);
  probe_report compared(const fetch_target& target, advertised_refs_ptr seen);

  git::address_book addresses_;
  git::tip_book tips_;
  git::settled_remotes settled_;
};

}  // namespace headway
