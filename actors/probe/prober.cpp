#include <algorithm>
#include <filesystem>
#include <utility>

#include <actors/probe/prober.hpp>
#include <messages/url.hpp>
#include <storage/git/branch_patterns.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/host_token.hpp>
#include <storage/git/local_remote.hpp>
#include <storage/remote/address.hpp>

namespace headway {

namespace {

using std::chrono::milliseconds;
using finding = probe_report::finding;
using http_ending = remote::http_result::ending;

// Logins of more hosts than one person has accounts at.
constexpr std::size_t most_logins = 1'000;
constexpr std::size_t most_lines = 10'000;
// Disks beyond these share a reader with others.
constexpr std::size_t most_readers = 16;

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

bool same_question(const remote::http_probe& a, const remote::http_probe& b) {
  return a.url == b.url && a.who == b.who && a.options == b.options;
}

void add_missing(std::vector<std::string>& refs, const std::vector<std::string>& more) {
  for (const auto& ref : more)
    if (std::ranges::find(refs, ref) == refs.end())
      refs.push_back(ref);
}

template <class Wishes>
std::vector<std::size_t> places_of(const Wishes& wishes) {
  std::vector<std::size_t> places;
  for (const auto& one : wishes)
    places.push_back(one.place);
  return places;
}

}  // namespace

prober::prober(caf::actor_config& config, engine_context shared, prober_staff staff,
               mount_reader read_mounts, std::vector<token_source> tokens)
    : actor_shell(config, "prober", std::move(shared)),
      tokens_(std::move(tokens)),
      staff_(std::move(staff)),
      mounts_(std::move(read_mounts)),
      to_open_(most_lines) {
  set_down_handler([this](caf::down_msg& down) {
    if (login_worker_ && login_worker_.address() == down.source)
      login_worker_ = nullptr;
    std::erase_if(readers_,
                  [&](const auto& known) { return known.second.actor.address() == down.source; });
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
  opened->what = std::make_shared<const probe_job>(job);
  opened->answer = owed_answer<probe_answer>{make_response_promise<probe_answer>()};
  opened->reports.resize(job.targets.size());
  opened->open = job.targets.size();
  const auto promise = opened->answer.promise();
  if (job.targets.empty())
    opened->answer.deliver(probe_answer{});
  std::erase_if(jobs_, [](const auto& known) { return known.expired(); });
  jobs_.push_back(opened);
  std::vector<wish> wishes;
  for (std::size_t i = 0; i < job.targets.size(); ++i)
    wishes.push_back({opened, i});
  for (auto& [where, some] : by_disk(wishes))
    read<address_answer>(
        where, some, address_job{opened->what, places_of(some)},
        [this, some = some](const address_answer& answer) { addressed(some, answer); });
  return promise;
}

disk_id prober::disk_of(const std::string& path) {
  const auto normal = std::filesystem::path{path}.lexically_normal().string();
  return mounts_.at(clock().now()).disk_of(normal);
}

std::map<prober::disks, std::vector<prober::wish>> prober::by_disk(
    const std::vector<wish>& wishes) {
  std::map<disks, std::vector<wish>> result;
  for (const auto& one : wishes) {
    const auto disk = disk_of(one.target().location.common_dir);
    result[{disk, disk}].push_back(one);
  }
  return result;
}

prober::reader& prober::reader_of(disks where) {
  if (readers_.size() >= most_readers && !readers_.contains(where))
    where = readers_.rbegin()->first;
  auto& found = readers_[where];
  if (!found.actor) {
    found.actor = staff_.make_reader();
    monitor(found.actor);
  }
  return found;
}

template <class Answer, class Job>
void prober::read(disks where, const std::vector<wish>& wishes, Job job,
                  std::function<void(const Answer&)> answered) {
  const auto& asked = reader_of(where);
  // Whoever waits for it as well takes the place of somebody whose disk is well.
  if (asked.silent)
    return settle_all(wishes, silence_of(wishes.front(), where));
  const auto patience = job.of->deadline;
  this->request(asked.actor, patience, std::move(job))
      .then(std::move(answered), [this, where, wishes](const caf::error& error) {
        if (error != caf::sec::request_timeout)
          return settle_all(wishes, {.code = code_of(error), .error = detail_of(error)});
        fell_silent(where, wishes.front().target().location.path);
        settle_all(wishes, silence_of(wishes.front(), where));
      });
}

prober::outcome prober::silence_of(const wish& one, disks where) {
  const auto* also = where.first == where.second ? "" : ", or that of its remote,";
  return {.code = ec::io,
          .error = "the disk of '" + one.target().location.path + "'" + also + " does not answer"};
}

void prober::fell_silent(disks where, const std::string& path) {
  auto& asked = reader_of(where);
  if (std::exchange(asked.silent, true))
    return;
  log().warn("prober: the disk of '{}' does not answer; nothing on it is probed until it does",
             path);
  this->request(asked.actor, caf::infinite, caf::ok_atom::value)
      .then(
          [this, where, path](caf::ok_atom) {
            reader_of(where).silent = false;
            log().info("prober: the disk of '{}' answers again", path);
          },
          // It has ended, and another one takes its place.
          [](const caf::error&) {});
}

void prober::addressed(const std::vector<wish>& wishes, const address_answer& answer) {
  questions all;
  for (std::size_t i = 0; i < wishes.size(); ++i)
    if (const auto* report = std::get_if<probe_report>(&answer.found[i]))
      settle(wishes[i], *report);
    else
      look(wishes[i], std::get<git::remote_address>(answer.found[i]), all);
  for (auto& one : all.web)
    put(std::move(one));
  for (auto& one : all.streams)
    put(std::move(one));
}

void prober::look(wish one, git::remote_address address, questions& all) {
  // Cancelled meanwhile.
  if (one.job->open == 0)
    return;
  const auto transport = git::transport_of(address.url);
  if (transport == "file")
    return look_locally(one, address.url);
  if (transport == "http" || transport == "https")
    return gather(std::move(one), std::move(address), all.web);
  if (transport == "git")
    return gather_daemon(std::move(one), address, all.streams);
  if (transport == "ssh")
    return gather_ssh(std::move(one), address, all.streams);
  settle(one, left_to_git(transport + " is spoken by git"));
}

void prober::look_locally(const wish& one, const std::string& address) {
  const auto& clone = one.target().location;
  read<probe_answer>({disk_of(clone.common_dir), disk_of(git::local_path(clone.path, address))},
                     {one}, local_look_job{one.job->what, one.place, address},
                     [one](const probe_answer& answer) { settle(one, answer.reports.front()); });
}

void prober::gather(wish one, git::remote_address address, std::vector<question>& web) {
  const auto& job = *one.job->what;
  auto at = remote::parse_web_address(address.url);
  if (!at)
    return settle(one, left_to_git("its address is unusual"));
  question fresh;
  fresh.what.url = std::move(at->url);
  fresh.what.refs = git::names_to_ask(one.target());
  fresh.what.options = options_of(std::move(address.http));
  fresh.what.options.addresses = job.addresses;
  fresh.what.deadline = job.deadline;
  fresh.login_scope = std::move(address.login_scope);
  fresh.username = std::move(at->username);
  auto token = git::find_token(tokens_, address.url);
  if (!token) {
    return settle_all({one}, {.code = code_of(token.error()),
                              .error = detail_of(token.error()),
                              .credential = credential_of(fresh.login_scope)});
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

// What comes of it later finds nobody who waits.
void prober::cancel(std::uint64_t number) {
  for (const auto& known : jobs_)
    if (const auto job = known.lock(); job && job->what->number == number)
      for (std::size_t place = 0; place < job->reports.size(); ++place)
        settle_all({{job, place}}, {.code = ec::cancelled, .error = "was cancelled"});
  const auto is_over = [](const auto& one) { return one.wishes.front().job->open == 0; };
  for (const auto& [id, one] : asked_)
    if (is_over(one))
      http_->cancel(one.running);
  for (const auto& [id, one] : streamed_)
    if (is_over(one))
      streams_->cancel(one.running);
  for (auto& [scope, waiting] : waiting_for_login_)
    std::erase_if(waiting, is_over);
  for (auto& [name, one] : lines_)
    std::erase_if(one.waiting, is_over);
}

void prober::ended(std::uint64_t number, remote::http_result result) {
  auto node = asked_.extract(number);
  if (!node || node.mapped().wishes.front().job->open == 0)
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
  const login_request request{one.wishes.front().target().location, one.what.url, one.username};
  auto& waiting = waiting_for_login_[scope];
  waiting.push_back(std::move(one));
  if (waiting.size() > 1)
    return;
  if (!login_worker_) {
    login_worker_ = staff_.make_login_worker();
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
  if (!what.seen)
    return settle_all(wishes, what);
  for (auto& [where, some] : by_disk(wishes))
    compare(where, some, what);
}

void prober::compare(disks where, const std::vector<wish>& wishes, const outcome& what) {
  const auto& job = wishes.front().job->what;
  read<probe_answer>(where, wishes, comparison_job{job, places_of(wishes), what.seen},
                     [wishes, what](const probe_answer& answer) {
                       for (std::size_t i = 0; i < wishes.size(); ++i)
                         settle(wishes[i], answer.reports[i], what);
                     });
}

void prober::settle_all(const std::vector<wish>& wishes, const outcome& what) {
  for (const auto& one : wishes)
    settle(one,
           what.left_to_git ? left_to_git(what.error)
                            : failed_probe(one.target(), what.code, what.error),
           what);
}

void prober::settle(const wish& one, probe_report report, const outcome& what) {
  report.host = what.host;
  report.credential = what.credential;
  report.retry_after = what.retry_after;
  report.took = what.took;
  settle(one, std::move(report));
}

void prober::settle(const wish& one, probe_report report) {
  auto& job = *one.job;
  auto& place = job.reports[one.place];
  if (place)
    return;
  place = std::move(report);
  if (--job.open > 0)
    return;
  probe_answer answer;
  for (auto& each : job.reports)
    answer.reports.push_back(std::move(*each));
  job.answer.deliver(std::move(answer));
}

void prober::on_exit() {
  for (const auto& known : jobs_)
    if (const auto job = known.lock())
      job->answer.deliver(make_error(ec::shutting_down, "the prober stops"));
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
  for (const auto& opener : openers_)
    caf::anon_send_exit(opener, caf::exit_reason::user_shutdown);
  openers_.clear();
  to_open_.drop_workers();
  for (const auto& [where, known] : readers_)
    caf::anon_send_exit(known.actor, caf::exit_reason::user_shutdown);
  readers_.clear();
  staff_ = {};
}

}  // namespace headway
