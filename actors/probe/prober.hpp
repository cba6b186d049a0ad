/// The actor that asks remotes for their refs and compares them with the clones. It owns the
/// connections; the engine spawns it on a thread of its own, because it reads configurations and
/// refs.
///
/// HTTP(S), git:// and ssh are asked by storage/remote, ssh over connections that `ssh_opener`
/// opens; remotes on this machine are read. Whatever else a remote may need is said to be left to
/// git.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <actors/actor_shell.hpp>
#include <actors/owed_answer.hpp>
#include <actors/worker_queue.hpp>
#include <messages/interfaces.hpp>
#include <messages/token_source.hpp>
#include <storage/git/address_book.hpp>
#include <storage/git/local_remote.hpp>
#include <storage/git/ref_lookup.hpp>
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

using login_worker_factory = std::function<login_worker_actor()>;
using ssh_opener_factory = std::function<ssh_opener_actor()>;

class prober : public actor_shell<listening_prober_actor> {
 public:
  prober(caf::actor_config& config, engine_context shared, login_worker_factory make_worker,
         ssh_opener_factory make_opener, std::vector<token_source> tokens = {});

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  /// A job whose targets are not all looked at yet.
  struct open_job {
    owed_answer<probe_answer> answer;
    std::vector<probe_report> reports;
    std::size_t open = 0;
    std::uint64_t number = 0;
  };
  using job_ptr = std::shared_ptr<open_job>;

  /// One target that an answer is for.
  struct wish {
    job_ptr job;
    std::size_t place = 0;
    fetch_target target;
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
  void look(wish one, const probe_job& job, questions& all);
  void look_locally(const wish& one, const std::string& address);
  void gather(wish one, git::remote_address address, const probe_job& job,
              std::vector<question>& web);
  void gather_daemon(wish one, const git::remote_address& address, const probe_job& job,
                     std::vector<stream_question>& streams);
  void gather(wish one, stream_question fresh, std::vector<stream_question>& streams);
  void gather_ssh(wish one, const git::remote_address& address, const probe_job& job,
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
  static probe_report left_to_git(std::string why);
  probe_report compared(const fetch_target& target, advertised_refs_ptr seen);
  void settle(const wish& one, probe_report report);

  std::vector<token_source> tokens_;
  login_worker_factory make_worker_;
  login_worker_actor login_worker_;
  git::address_book addresses_;
  std::map<std::string, remote::login> logins_;                     ///< By scope.
  std::map<std::string, std::vector<question>> waiting_for_login_;  ///< By scope.
  std::map<std::uint64_t, question> asked_;
  std::uint64_t last_question_ = 0;
  git::tip_book tips_;
  git::settled_remotes settled_;
  std::map<std::string, line> lines_;  ///< By command and host.
  std::map<std::uint64_t, stream_question> streamed_;
  ssh_opener_factory make_opener_;
  std::vector<ssh_opener_actor> openers_;
  worker_queue<ssh_opener_actor, ssh_line_request> to_open_;
  /// Null before the first question: libcurl and its TLS take milliseconds to come up.
  std::unique_ptr<remote::http_prober> http_;
  std::unique_ptr<remote::stream_prober> streams_;
};

}  // namespace headway
