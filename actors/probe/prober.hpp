/// The actor that asks remotes for their refs and compares them with the clones. It owns the
/// connections; the engine spawns it on a thread of its own, because opening and closing those may
/// block. Files of clones it never looks at by itself: readers do, one for each disk, so that a
/// disk that hangs holds up nobody else.
///
/// HTTP(S), git:// and ssh are asked by storage/remote, ssh over connections that `ssh_opener`
/// opens; remotes on this machine are read. Whatever else a remote may need is said to be left to
/// git.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <actors/actor_shell.hpp>
#include <actors/owed_answer.hpp>
#include <actors/probe/probe_reader.hpp>
#include <actors/repo/mount_table.hpp>
#include <actors/worker_queue.hpp>
#include <messages/interfaces.hpp>
#include <messages/token_source.hpp>
#include <storage/git/address_book.hpp>
#include <storage/remote/http_prober.hpp>
#include <storage/remote/stream_prober.hpp>

namespace headway {

/// From the thread of the connections.
struct http_probe_ended {
  std::uint64_t question = 0;
  std::shared_ptr<remote::http_result> result;
};
/// From the thread of the streams.
struct stream_probe_ended {
  std::uint64_t question = 0;
  std::shared_ptr<remote::stream_result> result;
};

}  // namespace headway

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::http_probe_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::stream_probe_ended)

namespace headway {

using listening_prober_actor =
    prober_actor::extend<caf::reacts_to<http_probe_ended>, caf::reacts_to<stream_probe_ended>>;

/// Who does for the prober what blocks; each makes one on a thread of its own.
struct prober_staff {
  std::function<probe_reader_actor()> make_reader;
  std::function<login_worker_actor()> make_login_worker;
  std::function<ssh_opener_actor()> make_opener;
};

class prober : public actor_shell<listening_prober_actor> {
 public:
  prober(caf::actor_config& config, engine_context shared, prober_staff staff,
         mount_reader read_mounts, std::vector<token_source> tokens = {});

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  /// A job whose targets are not all looked at yet.
  struct open_job {
    probe_job_ptr what;
    owed_answer<probe_answer> answer;
    std::vector<std::optional<probe_report>> reports;
    std::size_t open = 0;
  };
  using job_ptr = std::shared_ptr<open_job>;

  /// One target that an answer is for.
  struct wish {
    job_ptr job;
    std::size_t place = 0;

    const fetch_target& target() const { return job->what->targets[place]; }
  };

  /// Where a clone and its remote lie; the same twice when there is only the clone to look at.
  using disks = std::pair<disk_id, disk_id>;

  struct reader {
    probe_reader_actor actor;
    bool silent = false;  ///< It was given up waiting for, and has not answered since.
  };

  /// Targets that one question over HTTP serves: same address, same login, same settings.
  struct question {
    remote::http_probe what;
    std::string login_scope;
    std::string username;  ///< Of the address.
    enum class giver { nobody, address, token };
    giver login_given = giver::nobody;  ///< If anybody: there is no other to try.
    bool helpers_asked = false;         ///< Since this question was first put.
    remote::http_prober::probe_id running = 0;
    std::vector<wish> wishes;  ///< Of one job.
  };

  /// Targets that one question over a stream serves.
  struct stream_question {
    remote::stream_probe what;
    std::string url;
    std::string ssh_command;  ///< Empty: it is a daemon that is asked.
    bool line_was_closed = false;
    remote::stream_prober::probe_id running = 0;
    std::vector<wish> wishes;  ///< Of one job.
  };

  /// An ssh connection, or the wish for one.
  struct line {
    std::string socket;  ///< Empty: not known to be open.
    std::vector<stream_question> waiting;
  };

  /// What a question came to, however it was asked.
  struct outcome {
    advertised_refs_ptr seen;  ///< Null: there was no answer.
    bool left_to_git = false;
    ec code = ec::none;
    std::string error;
    host_sign host = host_sign::none;
    std::uint64_t credential = 0;
    std::optional<std::chrono::milliseconds> retry_after;
    std::chrono::milliseconds took{};
  };

  /// What the targets of one job are grouped into.
  struct questions {
    std::vector<question> web;
    std::vector<stream_question> streams;
  };

  caf::result<probe_answer> probe(const probe_job& job);
  void addressed(const std::vector<wish>& wishes, const address_answer& answer);
  void look(wish one, git::remote_address address, questions& all);
  void look_locally(const wish& one, const std::string& address);
  void gather(wish one, git::remote_address address, std::vector<question>& web);
  void gather_daemon(wish one, const git::remote_address& address,
                     std::vector<stream_question>& streams);
  void gather(wish one, stream_question fresh, std::vector<stream_question>& streams);
  void gather_ssh(wish one, const git::remote_address& address,
                  std::vector<stream_question>& streams);
  void put(question one);
  void cancel(std::uint64_t number);
  void ended(std::uint64_t number, remote::http_result result);
  void find_login(question one);
  void login_found(const std::string& scope, const remote::login& login);
  void no_login(const std::string& scope, const caf::error& error);
  void put(stream_question one);
  void ask_stream(stream_question one);
  void streamed(std::uint64_t number, remote::stream_result result);
  void open_lines();
  void line_opened(const std::string& name, const std::string& socket);
  void line_failed(const std::string& name, const caf::error& error);
  void answer_all(const question& one, const remote::http_result& result);
  void answer_all(const std::vector<wish>& wishes, const outcome& what);
  void compare(disks where, const std::vector<wish>& wishes, const outcome& what);
  static void settle_all(const std::vector<wish>& wishes, const outcome& what);
  static void settle(const wish& one, probe_report report, const outcome& what);
  static void settle(const wish& one, probe_report report);

  disk_id disk_of(const std::string& path);
  std::map<disks, std::vector<wish>> by_disk(const std::vector<wish>& wishes);
  /// Has the reader for these disks answer `job`, in time; or else the wishes fail.
  template <class Answer, class Job>
  void read(disks where, const std::vector<wish>& wishes, Job job,
            std::function<void(const Answer&)> answered);
  static outcome silence_of(const wish& one, disks where);
  reader& reader_of(disks where);
  void fell_silent(disks where, const std::string& path);

  std::vector<token_source> tokens_;
  prober_staff staff_;
  recent_mounts mounts_;
  std::map<disks, reader> readers_;
  std::vector<std::weak_ptr<open_job>> jobs_;
  login_worker_actor login_worker_;
  std::map<std::string, remote::login> logins_;                     ///< By scope.
  std::map<std::string, std::vector<question>> waiting_for_login_;  ///< By scope.
  std::map<std::uint64_t, question> asked_;
  std::uint64_t last_question_ = 0;
  std::map<std::string, line> lines_;  ///< By command and host.
  std::map<std::uint64_t, stream_question> streamed_;
  std::vector<ssh_opener_actor> openers_;
  worker_queue<ssh_opener_actor, ssh_line_request> to_open_;
  /// Null before the first question: libcurl and its TLS take milliseconds to come up.
  std::unique_ptr<remote::http_prober> http_;
  std::unique_ptr<remote::stream_prober> streams_;
};

}  // namespace headway
