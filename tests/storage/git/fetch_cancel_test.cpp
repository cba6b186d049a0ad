// Whoever cancels a fetch has the worker back, whatever it waits for. The times that this took are
// printed (--log_level=message).
#include <thread>

#include <signal.h>
#include <tests/storage/git/fetch_world.hpp>

#include <storage/git/fetch_connections.hpp>

using namespace headway;
using namespace headway::test;

namespace {

using clock = std::chrono::steady_clock;

/// A clone of a server with something to fetch, and one backend.
struct cancel_world : world {
  explicit cancel_world(fetch_backend which) : backend{which} {
    clone(web.url("server.git"), {"-c", "fetch.unpackLimit=1"});
    advance_by_megabytes("a", 2);
  }

  fs::path here() const { return box / "clone"; }
  fetch_target target() const { return target_of(box, here(), {"main", "a", "b"}); }
  void use(const std::string& url) const { box.git(here(), {"remote", "set-url", "origin", url}); }
  git::fetch_options how() const {
    auto result = options();
    result.backend = backend;
    // Longer than any test waits: only the cancelling ends a child.
    result.kill_grace = 60s;
    return result;
  }
  /// The same, after a look at the remote.
  git::fetch_options how_seen() const {
    auto result = how();
    result.seen = seen_at(*this, {"main", "a", "b"});
    return result;
  }

  fetch_backend backend;
  http_server web{box, box / "srv"};
};

template <class What>
void with_both(What what) {
  with_both_backends<cancel_world>(what);
}

/// Cancels a fetch when `reached` returns, which tells whether the phase was reached.
void check_cancels(const cancel_world& w, const std::string& phase, const git::fetch_options& how,
                   const std::function<bool()>& reached) {
  BOOST_TEST_CONTEXT(phase) {
    const auto refs = w.box.git(w.here(), {"for-each-ref"});
    const auto target = w.target();
    git::cancellation cancel;
    bool was_reached = false;
    clock::time_point asked;
    std::thread other{[&] {
      was_reached = reached();
      asked = clock::now();
      cancel.request();
    }};
    const auto report = git::fetch(target, how, cancel);
    const auto took = clock::now() - asked;
    other.join();
    BOOST_TEST(was_reached);
    check(report, fetch_outcome::cancelled, ec::cancelled);
    BOOST_TEST(report.updates.empty());
    BOOST_TEST(w.box.git(w.here(), {"for-each-ref"}) == refs);
    BOOST_TEST(debris(w.here()).empty());
    w.box.git(w.here(), {"fsck"});
    const double took_ms = std::chrono::duration<double, std::milli>(took).count();
    BOOST_TEST_MESSAGE("cancelled in " << phase << ", " << to_string(w.backend) << ": " << took_ms
                                       << " ms");
  }
}

/// Whether `what` becomes true in time.
bool comes_true(const std::function<bool()>& what) {
  const auto until = clock::now() + 20s;
  while (!what()) {
    if (clock::now() > until)
      return false;
    std::this_thread::yield();
  }
  return true;
}

/// Gone, or dead and not yet waited for by whoever has inherited it.
bool has_ended(pid_t pid) {
  if (::kill(pid, 0) != 0)
    return true;
  const auto stat = run_program({"cat", "/proc/" + std::to_string(pid) + "/stat"}, "/").output;
  return stat.empty() || stat.find(") Z ") != std::string::npos;
}

/// A git that hangs in one of its commands, and tells its number.
class hanging_git {
 public:
  enum class manners { ends_when_asked, ignores_sigterm };
  hanging_git(const cancel_world& w, const std::string& command, manners how)
      : file_{w.box / "held"},
        front_{w.box, "case \"$*\" in *' " + command + " '*) " +
                          (how == manners::ignores_sigterm ? "trap '' TERM; " : "") + "echo $$ >" +
                          file_.string() + ".new; mv " + file_.string() + ".new " + file_.string() +
                          "; while :; do sleep 60; done;; esac"} {
    fs::remove(file_);
  }

  bool hangs() const {
    return comes_true([this] { return fs::exists(file_); });
  }
  pid_t pid(const sandbox& box) const { return std::stoi(box.read(file_)); }

 private:
  fs::path file_;
  front_git front_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(fetch_cancel)

BOOST_AUTO_TEST_CASE(while_it_waits_for_the_other_end) {
  with_both([](cancel_world& w) {
    const auto against = [&w](std::unique_ptr<fault_server> server, const std::string& phase,
                              const git::fetch_options& how, std::string_view scheme = "http") {
      w.use(server->url("server.git", scheme));
      check_cancels(w, phase, how, [&server] { return server->wait_for_stall(); });
    };
    against(fault_server::unreachable(), "connecting to a black hole, before the look", w.how());
    against(fault_server::unreachable(), "connecting to a black hole", w.how_seen());
    against(fault_server::silent(), "the greeting of TLS", w.how_seen(), "https");
    against(fault_server::silent(), "the list of refs", w.how());
    against(fault_server::silent(), "the negotiation", w.how_seen());
    against(fault_server::stalling(w.web.port(), 1), "the middle of the negotiation", w.how_seen());
    against(fault_server::stalling(w.web.port(), 500'000), "a pack that stalls", w.how_seen());
    against(fault_server::dripping(w.web.port(), 500'000), "a pack that trickles", w.how_seen());
  });
}

BOOST_AUTO_TEST_CASE(while_it_waits_for_a_child) {
  using manners = hanging_git::manners;
  with_both([](cancel_world& w) {
    const auto commands = w.backend == fetch_backend::git
                              ? std::vector<std::string>{"fetch", "update-ref"}
                              : std::vector<std::string>{"index-pack", "rev-list", "update-ref"};
    for (const auto& command : commands)
      for (const auto how : {manners::ends_when_asked, manners::ignores_sigterm}) {
        const hanging_git git{w, command, how};
        check_cancels(
            w, "git " + command + (how == manners::ignores_sigterm ? " that ignores SIGTERM" : ""),
            w.how_seen(), [&git] { return git.hangs(); });
        BOOST_TEST(comes_true([&] { return has_ended(git.pid(w.box)); }));
      }
    w.use(w.web.url("server.git"));
    check(fetch_now(w.target(), w.how()), fetch_outcome::updated);
  });
}

BOOST_AUTO_TEST_CASE(while_it_looks_by_git) {
  using manners = hanging_git::manners;
  with_both([](cancel_world& w) {
    for (const auto how : {manners::ends_when_asked, manners::ignores_sigterm}) {
      const hanging_git git{w, "ls-remote", how};
      check_cancels(w,
                    std::string{"git ls-remote"} +
                        (how == manners::ignores_sigterm ? " that ignores SIGTERM" : ""),
                    w.how(), [&git] { return git.hangs(); });
      BOOST_TEST(comes_true([&] { return has_ended(git.pid(w.box)); }));
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
