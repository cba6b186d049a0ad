#include <algorithm>
#include <utility>

#include <actors/probe/prober.hpp>
#include <messages/url.hpp>
#include <storage/git/branch_patterns.hpp>
#include <storage/git/configured_programs.hpp>
#include <storage/git/fetch_answer.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_failure.hpp>
#include <storage/git/host_token.hpp>
#include <storage/git/local_remote.hpp>
#include <storage/git/ref_lookup.hpp>
#include <storage/remote/address.hpp>

namespace headway {

namespace {

using std::chrono::milliseconds;
using finding = probe_report::finding;
using http_ending = remote::http_result::ending;

// Logins of more hosts than one person has accounts at.
constexpr std::size_t most_logins = 1'000;
constexpr std::size_t most_lines = 10'000;

probe_report failed(const fetch_target& target, ec code, const std::string& why) {
  auto failure =
      git::make_failure(code, "asking remote '" + target.remote.name + "' for its refs: " + why);
  return {.found = finding::failed,
          .code = failure.code,
          .outcome = failure.outcome,
          .error = std::move(failure.sentence)};
}

remote::http_options options_of(git::http_settings settings) {
  using certificates = git::http_settings::certificates;
  return {.proxy = std::move(settings.proxy),
          .ca_file = std::move(settings.ca_file),
          .certificates = settings.server == certificates::checked ? remote::certificate_check::on
                                                                   : remote::certificate_check::off,
          .headers = std::move(settings.headers),
          .user_agent = std::move(settings.user_agent)};
}

std::uint64_t credential_of(const std::string& login_scope) {
  return std::hash<std::string>{}(login_scope) | 1;
}

std::vector<std::string> tracked_names(const fetch_target& target) {
  std::vector<std::string> names;
  for (const auto& ref : target.refs)
    names.push_back(ref.remote_ref);
  return names;
}

bool same_question(const remote::http_probe& a, const remote::http_probe& b) {
  return a.url == b.url && a.who == b.who && a.options == b.options;
}

void add_missing(std::vector<std::string>& refs, const std::vector<std::string>& more) {
  for (const auto& ref : more)
    if (std::ranges::find(refs, ref) == refs.end())
      refs.push_back(ref);
}

milliseconds since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace

prober::prober(caf::actor_config& config, engine_context shared, login_worker_factory make_worker,
               ssh_opener_factory make_opener, std::vector<token_source> tokens)
    : actor_shell(config, "prober", std::move(shared)),
      tokens_(std::move(tokens)),
      make_worker_(std::move(make_worker)),
      make_opener_(std::move(make_opener)),
      to_open_(most_lines) {
  set_down_handler([this](caf::down_msg& down) {
    if (login_worker_ && login_worker_.address() == down.source)
      login_worker_ = nullptr;
  });
}

prober::behavior_type prober::make_behavior() {
  return {
      [this](const probe_job& job) { return probe(job); },
      [this](const cancel_probe& which) { cancel(which.number); },
      [this](const http_probe_ended& news) { ended(news.question, std::move(*news.result)); },
      [this](const stream_probe_ended& news) { streamed(news.question, std::move(*news.result)); },
  };
}

caf::result<probe_answer> prober::probe(const probe_job& job) {
  auto opened = std::make_shared<open_job>();
  opened->answer = owed_answer<probe_answer>{make_response_promise<probe_answer>()};
  opened->reports.resize(job.targets.size());
  opened->open = job.targets.size();
  opened->number = job.number;
  const auto promise = opened->answer.promise();
  if (job.targets.empty())
    opened->answer.deliver(probe_answer{});
  questions all;
  for (std::size_t i = 0; i < job.targets.size(); ++i)
    look({opened, i, job.targets[i]}, job, all);
  for (auto& one : all.web)
    put(std::move(one));
  for (auto& one : all.streams)
    put(std::move(one));
  return promise;
}

probe_report prober::left_to_git(std::string why) {
  return {.found = finding::left_to_git, .error = std::move(why)};
}

void prober::look(wish one, const probe_job& job, questions& all) {
  auto address = addresses_.find(one.target.location, one.target.remote.name);
  // Git says best what is wrong with a configuration.
  if (!address)
    return settle(one, left_to_git(detail_of(address.error())));
  if (!address->program.empty() &&
      !git::is_trusted_repository(one.target.location, job.trusted_repositories)) {
    const auto refusal = git::untrusted_program(one.target.location, address->program);
    return settle(one, failed(one.target, code_of(refusal), detail_of(refusal)));
  }
  if (!address->only_git.empty())
    return settle(one, left_to_git(address->only_git));
  const auto transport = git::transport_of(address->url);
  if (!git::transport_allowed(transport, job.allowed_schemes))
    return settle(one, left_to_git(transport + " is not allowed"));
  if (transport == "file")
    return look_locally(one, address->url);
  if (transport == "http" || transport == "https")
    return gather(std::move(one), std::move(*address), job, all.web);
  if (transport == "git")
    return gather_daemon(std::move(one), *address, job, all.streams);
  if (transport == "ssh")
    return gather_ssh(std::move(one), *address, job, all.streams);
  settle(one, left_to_git(transport + " is spoken by git"));
}

void prober::look_locally(const wish& one, const std::string& address) {
  const auto begin = std::chrono::steady_clock::now();
  if (settled_.holds(one.target, address))
    return settle(one, {.found = finding::unchanged, .took = since(begin)});
  auto before = git::settled_remotes::look(one.target, address);
  auto refs = git::read_local_refs(one.target.location.path, address, tracked_names(one.target),
                                   git::pattern_prefixes(one.target));
  if (!refs)
    return settle(one, left_to_git("it is no plain repository on this machine"));
  auto report = compared(one.target, std::make_shared<const advertised_refs>(std::move(*refs)));
  if (report.found == finding::unchanged && before)
    settled_.keep(std::move(*before));
  report.took = since(begin);
  settle(one, std::move(report));
}

void prober::gather(wish one, git::remote_address address, const probe_job& job,
                    std::vector<question>& web) {
  auto at = remote::parse_web_address(address.url);
  if (!at)
    return settle(one, left_to_git("its address is unusual"));
  question fresh;
  fresh.what.url = std::move(at->url);
  fresh.what.refs = git::names_to_ask(one.target);
  fresh.what.options = options_of(std::move(address.http));
  fresh.what.options.addresses = job.addresses;
  fresh.what.deadline = job.deadline;
  fresh.login_scope = std::move(address.login_scope);
  fresh.username = std::move(at->username);
  auto token = git::find_token(tokens_, address.url);
  if (!token) {
    auto report = failed(one.target, code_of(token.error()), detail_of(token.error()));
    report.credential = credential_of(fresh.login_scope);
    return settle(one, std::move(report));
  }
  if (at->password) {
    fresh.login_given = question::giver::address;
    fresh.what.who = remote::login{fresh.username, std::move(*at->password)};
  } else if (*token) {
    fresh.login_given = question::giver::token;
    fresh.what.who = std::move(*token);
  } else if (const auto it = logins_.find(fresh.login_scope); it != logins_.end()) {
    fresh.what.who = it->second;
  }
  const auto same = std::ranges::find_if(web, [&](const question& other) {
    return other.login_scope == fresh.login_scope && same_question(other.what, fresh.what);
  });
  if (same == web.end()) {
    fresh.wishes.push_back(std::move(one));
    web.push_back(std::move(fresh));
    return;
  }
  add_missing(same->what.refs, fresh.what.refs);
  same->wishes.push_back(std::move(one));
}

void prober::put(question one) {
  const auto number = ++last_question_;
  auto what = one.what;
  auto& kept = asked_.emplace(number, std::move(one)).first->second;
  if (!http_)
    http_ = std::make_unique<remote::http_prober>();
  kept.running = http_->submit(
      std::move(what), [self = listening_prober_actor{this}, number](remote::http_result result) {
        caf::anon_send(self, http_probe_ended{
                                 number, std::make_shared<remote::http_result>(std::move(result))});
      });
}

// What the prober of connections is at comes back as cancelled; what waits for a login has nobody
// else to answer it.
void prober::cancel(std::uint64_t number) {
  const auto is_of_job = [number](const auto& one) {
    return one.wishes.front().job->number == number;
  };
  const auto give_up = [&](const auto& one) {
    if (!is_of_job(one))
      return false;
    answer_all(one.wishes, {.code = ec::cancelled, .error = "was cancelled"});
    return true;
  };
  for (const auto& [id, one] : asked_)
    if (is_of_job(one))
      http_->cancel(one.running);
  for (const auto& [id, one] : streamed_)
    if (is_of_job(one))
      streams_->cancel(one.running);
  for (auto& [scope, waiting] : waiting_for_login_)
    std::erase_if(waiting, give_up);
  for (auto& [name, one] : lines_)
    std::erase_if(one.waiting, give_up);
}

void prober::ended(std::uint64_t number, remote::http_result result) {
  auto node = asked_.extract(number);
  if (!node)
    return;
  auto& one = node.mapped();
  if (result.how == http_ending::unauthorized && one.login_given == question::giver::token)
    result.error = git::refused_token(one.what.url);
  if (result.how == http_ending::unauthorized && one.login_given == question::giver::nobody) {
    // Only what was refused is forgotten: another question may have found a better one meanwhile.
    const auto known = logins_.find(one.login_scope);
    if (known != logins_.end() && one.what.who == known->second) {
      logins_.erase(known);
    } else if (known != logins_.end()) {
      // Found for another remote while this one was asked.
      one.what.who = known->second;
      return put(std::move(one));
    }
    if (!one.helpers_asked)
      return find_login(std::move(one));
  }
  answer_all(one, result);
}

// Many remotes of one host are refused at once, and the helpers are asked for all of them together.
void prober::find_login(question one) {
  one.helpers_asked = true;
  const auto scope = one.login_scope;
  const login_request request{one.wishes.front().target.location, one.what.url, one.username};
  auto& waiting = waiting_for_login_[scope];
  waiting.push_back(std::move(one));
  if (waiting.size() > 1)
    return;
  if (!login_worker_) {
    login_worker_ = make_worker_();
    monitor(login_worker_);
  }
  this->request(login_worker_, caf::infinite, request)
      .then(
          [this, scope](const found_login& found) {
            login_found(scope, {found.username, found.password});
          },
          [this, scope](const caf::error& error) { no_login(scope, error); });
}

void prober::login_found(const std::string& scope, const remote::login& login) {
  if (logins_.size() >= most_logins)
    logins_.clear();
  logins_.insert_or_assign(scope, login);
  auto waiting = waiting_for_login_.extract(scope);
  // Empty when all were cancelled and the helpers were asked again for somebody else.
  if (!waiting)
    return;
  for (auto& one : waiting.mapped()) {
    if (one.what.who == login) {
      answer_all(one, {.how = http_ending::unauthorized,
                       .code = ec::auth_required,
                       .error = "the login of the credential helper was refused",
                       .host = host_sign::well});
      continue;
    }
    one.what.who = login;
    put(std::move(one));
  }
}

void prober::no_login(const std::string& scope, const caf::error& error) {
  const auto waiting = waiting_for_login_.extract(scope);
  if (!waiting)
    return;
  for (const auto& one : waiting.mapped())
    answer_all(one, {.how = http_ending::failed,
                     .code = code_of(error),
                     .error = detail_of(error),
                     .host = host_sign::well});
}

void prober::answer_all(const question& one, const remote::http_result& result) {
  outcome what{.left_to_git = result.how == http_ending::left_to_git,
               .code = result.code,
               .error = result.error,
               .host = result.host,
               .credential = credential_of(one.login_scope),
               .retry_after = result.retry_after,
               .took = std::chrono::ceil<milliseconds>(result.timing.total)};
  if (result.how == http_ending::answered)
    what.seen = std::make_shared<const advertised_refs>(result.refs);
  answer_all(one.wishes, what);
}

void prober::answer_all(const std::vector<wish>& wishes, const outcome& what) {
  for (const auto& each : wishes) {
    auto report = what.seen          ? compared(each.target, what.seen)
                  : what.left_to_git ? left_to_git(what.error)
                                     : failed(each.target, what.code, what.error);
    report.host = what.host;
    report.credential = what.credential;
    report.retry_after = what.retry_after;
    report.took = what.took;
    settle(each, std::move(report));
  }
}

probe_report prober::compared(const fetch_target& target, advertised_refs_ptr seen) {
  const auto refs = target.patterns.empty()
                        ? tips_.find(target.location, target.refs)
                        : tips_.find(target.location, git::tracked_in(target, *seen));
  if (!refs)
    return left_to_git(detail_of(refs.error()));
  const auto plan = git::compare(**refs, *seen);
  // Only the tracked refs were asked for, so the answer cannot tell an emptied server from one that
  // lost a branch: git looks at all of them.
  if (!plan.gone.empty() || !plan.refused.empty())
    return {.found = finding::missing};
  if (plan.moved.empty())
    return {.found = finding::unchanged};
  return {.found = finding::moved, .seen = std::move(seen)};
}

void prober::settle(const wish& one, probe_report report) {
  auto& job = *one.job;
  job.reports[one.place] = std::move(report);
  if (--job.open == 0)
    job.answer.deliver(probe_answer{std::move(job.reports)});
}

void prober::on_exit() {
  // Its callbacks hold this actor.
  http_.reset();
  streams_.reset();
  asked_.clear();
  streamed_.clear();
  lines_.clear();
  waiting_for_login_.clear();
  if (login_worker_)
    caf::anon_send_exit(login_worker_, caf::exit_reason::user_shutdown);
  login_worker_ = nullptr;
  make_worker_ = nullptr;
  for (const auto& opener : openers_)
    caf::anon_send_exit(opener, caf::exit_reason::user_shutdown);
  openers_.clear();
  to_open_.drop_workers();
  make_opener_ = nullptr;
}

}  // namespace headway
