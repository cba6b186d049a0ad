#include <algorithm>
#include <array>
#include <sstream>
#include <unordered_set>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <messages/url.hpp>
#include <storage/git/arrived_objects.hpp>
#include <storage/git/fetch_carrier.hpp>
#include <storage/git/fetch_connections.hpp>
#include <storage/git/host_token.hpp>
#include <storage/git/login.hpp>
#include <storage/git/object_folders.hpp>
#include <storage/git/objects.hpp>
#include <storage/git/ref_lookup.hpp>
#include <storage/git/small_pack.hpp>
#include <storage/remote/address.hpp>
#include <storage/remote/fetch_protocol.hpp>

namespace headway::git {

namespace {

// Bytes of a list of refs, as where a remote is only looked at.
constexpr std::size_t most_of_a_list = 64ull << 20;

using std::chrono::milliseconds;
using ending = child_result::ending;
using phase = remote::fetch_answer::phase;
using clock = fetch_run::clock;
using time_sum = fetch_steps::time;

// Tips of one remote, which it will know; when they are not enough, commits before them.
constexpr std::size_t most_tips = 256;
constexpr std::size_t first_batch = 64;
constexpr unsigned most_ancestors = 16'384;
// What the child has not taken yet; more than this stays with the connection, which then waits.
constexpr std::size_t most_waiting = 1u << 20;
// A pack that is waited for as a whole and taken apart here.
constexpr std::size_t small_pack = most_waiting / 4;
// Logins of more hosts than one person has accounts at.
constexpr std::size_t most_logins = 1'000;

time_sum since(clock::time_point begin) {
  return std::chrono::ceil<time_sum>(clock::now() - begin);
}

remote::http_options options_of(const http_settings& settings, address_rule addresses) {
  using certificates = http_settings::certificates;
  return {.proxy = settings.proxy,
          .ca_file = settings.ca_file,
          .certificates = settings.server == certificates::checked ? remote::certificate_check::on
                                                                   : remote::certificate_check::off,
          .headers = settings.headers,
          .user_agent = settings.user_agent,
          .addresses = addresses};
}

/// Commits to tell the server of, a batch a round.
class known_commits {
 public:
  explicit known_commits(fetch_run& run) : run_{run} {}

  /// Nothing left: empty.
  std::vector<oid> next() {
    if (round_++ == 0)
      return tips();
    if (round_ == 2)
      read_ancestors();
    const auto count = std::min(batch_, ancestors_.size() - at_);
    batch_ *= 2;
    const auto begin = ancestors_.begin() + static_cast<std::ptrdiff_t>(at_);
    at_ += count;
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }

 private:
  std::vector<oid> tips() {
    for (const auto& ref : run_.target.refs)
      if (ref.tip && std::ranges::find(tips_, *ref.tip) == tips_.end() && tips_.size() < most_tips)
        tips_.push_back(*ref.tip);
    if (tips_.empty())
      tips_ = read({"for-each-ref", "--format=%(objectname)",
                    "--count=" + std::to_string(most_tips), "refs/remotes", "refs/heads"},
                   {});
    return tips_;
  }

  void read_ancestors() {
    std::string input;
    for (const auto& id : tips_)
      input += id.hex() + "\n";
    ancestors_ = read({"rev-list", "--ignore-missing",
                       "--max-count=" + std::to_string(most_ancestors), "--stdin"},
                      std::move(input));
    std::erase_if(ancestors_,
                  [this](const oid& id) { return std::ranges::find(tips_, id) != tips_.end(); });
  }

  std::vector<oid> read(const std::vector<std::string>& args, std::string input) {
    auto command = run_.caller.local(args);
    command.input = std::move(input);
    const auto result = run_.run_git("listing commits", std::move(command));
    std::vector<oid> ids;
    if (!result || result->how != ending::exited || result->status != 0)
      return ids;
    std::istringstream lines{result->output};
    for (std::string line; std::getline(lines, line);)
      if (const auto id = oid::from_hex(line))
        ids.push_back(*id);
    return ids;
  }

  fetch_run& run_;
  int round_ = 0;
  std::size_t batch_ = first_batch;
  std::size_t at_ = 0;
  std::vector<oid> tips_;
  std::vector<oid> ancestors_;
};

/// The pack of an answer, for the child that stores it.
class pack_feed : public child_feed {
 public:
  pack_feed(remote::http_fetcher& http, remote::http_exchange& exchange,
            remote::fetch_answer& answer, std::uint64_t most)
      : http_{http}, exchange_{exchange}, answer_{answer}, most_{most} {}

  void wait(std::span<pollfd> events, milliseconds timeout) override {
    http_.wait(events, timeout);
    pull();
  }
  std::string_view ready() const override { return answer_.pack(); }
  void given(std::size_t count) override {
    answer_.take(count);
    pull();
  }
  bool ended() const override { return over_ || answer_.now() != phase::sending; }

  void pull() {
    while (!over_ && answer_.pack().size() < most_waiting && !exchange_.body().empty()) {
      const auto bytes = exchange_.body().substr(0, most_waiting);
      answer_.feed(bytes);
      exchange_.take(bytes.size());
      over_ = most_ > 0 && answer_.pack_bytes() > most_;
    }
    if (exchange_.ended() && exchange_.body().empty())
      answer_.end();
    if (ended() && last_byte_ == clock::time_point{})
      last_byte_ = clock::now();
  }

  bool over_quota() const { return over_; }
  clock::time_point last_byte() const { return last_byte_; }

 private:
  remote::http_fetcher& http_;
  remote::http_exchange& exchange_;
  remote::fetch_answer& answer_;
  std::uint64_t most_;
  bool over_ = false;
  clock::time_point last_byte_{};
};

}  // namespace

class http_carrier::conversation {
 public:
  conversation(fetch_run& run, const quarantine& into, fetch_connections& through,
               remote_address address)
      : run_{run},
        into_{into},
        through_{through},
        address_{std::move(address)},
        web_{remote::parse_web_address(address_.url).value_or(remote::web_address{})},
        known_{run} {
    if (web_.password)
      who_ = remote::login{web_.username, *web_.password};
    else if (run_.token)
      who_ = run_.token;
    else if (const auto it = through_.logins.find(address_.login_scope);
             it != through_.logins.end())
      who_ = it->second;
  }

  cargo carry(const wanted_refs& wanted);
  std::optional<remote::advertised_tags> tags();

 private:
  enum class step { go_on, left_to_git, failed };
  enum class depth { commits, objects };

  cargo bring(const wanted_refs& wanted);
  step negotiate(remote::fetch_question& question);
  step put(const remote::fetch_question& question);
  step refused();
  step find_login();
  remote::http_question question_for(std::string body) const;
  bool wait_for(pack_feed& incoming);
  child_result unfinished() const;
  bool store();
  bool unpack_here(pack_feed& pack);
  child_command storing_command() const;
  bool is_small() const;
  bool is_connected(const wanted_refs& wanted, depth how_deep);
  bool is_plainly_whole(const wanted_refs& wanted) const;
  bool all_here(const wanted_refs& wanted) const;
  void note_times(const remote::http_exchange& exchange);
  time_sum setting_up() const;
  step fail(ec code, const std::string& words);
  std::string attempted() const { return "fetching from " + run_.remote_words(); }

  fetch_run& run_;
  const quarantine& into_;
  fetch_connections& through_;
  remote_address address_;
  remote::web_address web_;
  known_commits known_;
  std::optional<remote::login> who_;
  std::unique_ptr<remote::http_exchange> exchange_;
  remote::fetch_answer answer_;
  std::unique_ptr<remote::http_exchange> tags_;
  std::string why_git_;
  ec code_ = ec::none;  ///< If it were not left to git.
};

// Someone may have brought them already: the user's own fetch, or a push from here.
cargo http_carrier::conversation::carry(const wanted_refs& wanted) {
  if (all_here(wanted) && is_connected(wanted, depth::objects))
    return {cargo::arrival::complete, wanted};
  if (run_.over()) {
    run_.fail(classify(attempted(), unfinished()));
    return {};
  }
  run_.report.backend = fetch_backend::native;
  return bring(wanted);
}

cargo http_carrier::conversation::bring(const wanted_refs& wanted) {
  remote::fetch_question question;
  for (const auto& [ref, id] : wanted)
    if (std::ranges::find(question.wants, id) == question.wants.end())
      question.wants.push_back(id);
  if (address_.follow == remote_address::tags::of_fetched)
    question.annotated = remote::fetch_question::tags::of_sent_commits;
  switch (negotiate(question)) {
    case step::left_to_git:
      return {.how = cargo::arrival::left_to_git, .tips = {}, .why = why_git_, .code = code_};
    case step::failed:
      return {};
    default:
      break;
  }
  if (!store())
    return {};
  const step_clock watch{run_.report.timing.steps.checking};
  const auto how_deep = is_small() ? depth::objects : depth::commits;
  if (!is_connected(wanted, how_deep)) {
    if (run_.over())
      run_.fail(classify(attempted(), unfinished()));
    else
      run_.fail(ec::remote, attempted() + ": it did not send all that its refs need");
    return {};
  }
  return {cargo::arrival::complete, wanted};
}

// Until the pack begins.
auto http_carrier::conversation::negotiate(remote::fetch_question& question) -> step {
  const auto begin = clock::now();
  const auto before = setting_up();
  question.haves = known_.next();
  auto next = put(question);
  while (next == step::go_on && answer_.now() == phase::asked_for_more) {
    const auto more = known_.next();
    question.haves = answer_.common();
    question.haves.insert(question.haves.end(), more.begin(), more.end());
    if (std::exchange(question.which, more.empty()
                                          ? remote::fetch_question::round::last
                                          : remote::fetch_question::round::server_decides) ==
        remote::fetch_question::round::last)
      next = fail(ec::remote, "it does not begin to send");
    else
      next = put(question);
  }
  run_.report.timing.steps.negotiation +=
      std::max(time_sum{}, since(begin) - (setting_up() - before));
  return next;
}

// One round: the question, until it is clear what the answer will be.
auto http_carrier::conversation::put(const remote::fetch_question& question) -> step {
  for (;;) {
    answer_ = {};
    exchange_ = through_.http.ask(question_for(remote::fetch_request(question)));
    if (address_.follow != remote_address::tags::none && !tags_ && !run_.tags)
      tags_ = through_.http.ask(question_for(remote::tags_request()));
    pack_feed incoming{through_.http, *exchange_, answer_, 0};
    while (answer_.now() == phase::negotiating ||
           (answer_.now() == phase::sending && !answer_.objects())) {
      if (!wait_for(incoming))
        return step::failed;
      incoming.pull();
      if (exchange_->ended() && !exchange_->accepted())
        break;
    }
    note_times(*exchange_);
    if (!exchange_->ended() || exchange_->accepted())
      return answer_.now() == phase::broken ? refused() : step::go_on;
    if (exchange_->how() != remote::http_exchange::ending::unauthorized)
      return refused();
    if (const auto next = find_login(); next != step::go_on)
      return next;
    tags_.reset();
  }
}

auto http_carrier::conversation::refused() -> step {
  using how = remote::http_exchange::ending;
  if (exchange_->ended() && exchange_->how() == how::left_to_git) {
    why_git_ = exchange_->error();
    code_ = exchange_->code();
    return step::left_to_git;
  }
  if (exchange_->ended() && exchange_->how() != how::whole) {
    run_.report.host = exchange_->host();
    run_.report.retry_after = exchange_->retry_after();
    return fail(exchange_->code(), exchange_->error());
  }
  return fail(code_of(answer_.error()), detail_of(answer_.error()));
}

auto http_carrier::conversation::find_login() -> step {
  const step_clock watch{run_.report.timing.steps.login};
  if (web_.password)
    return fail(ec::auth_required, "the login in its address was refused");
  if (run_.token)
    return fail(ec::auth_required, refused_token(web_.url));
  // What was found for another fetch may have been changed since.
  through_.logins.erase(address_.login_scope);
  auto found = fill_login(run_.target.location, web_.url, web_.username, run_.left(), run_.cancel);
  if (!found)
    return fail(code_of(found.error()), detail_of(found.error()));
  remote::login fresh{std::move(found->username), std::move(found->password)};
  if (who_ == fresh)
    return fail(ec::auth_required, "the login of the credential helper was refused");
  who_ = fresh;
  if (through_.logins.size() >= most_logins)
    through_.logins.clear();
  through_.logins.insert_or_assign(address_.login_scope, std::move(fresh));
  return step::go_on;
}

remote::http_question http_carrier::conversation::question_for(std::string body) const {
  return {.url = web_.url,
          .who = who_,
          .options = options_of(address_.http, run_.options.addresses),
          .body = std::move(body),
          .patience = run_.options.patience_with_silence};
}

// False when the time is over, or somebody asked for an end.
bool http_carrier::conversation::wait_for(pack_feed& incoming) {
  std::array<pollfd, 1> stop{{{run_.cancel.descriptor(), POLLIN, 0}}};
  incoming.wait(stop, run_.left());
  if (!run_.over())
    return true;
  run_.fail(classify(attempted(), unfinished()));
  return false;
}

// As a child would have ended.
child_result http_carrier::conversation::unfinished() const {
  child_result result;
  result.how = run_.cancel.requested() ? ending::cancelled : ending::timed_out;
  return result;
}

// The pack, from the first byte that has come in until it is stored.
bool http_carrier::conversation::store() {
  const auto begin = clock::now();
  pack_feed pack{through_.http, *exchange_, answer_, run_.options.max_pack_size};
  pack.pull();
  std::optional<child_result> result;
  const bool stored_here = unpack_here(pack);
  if (!stored_here)
    result = run_.run_git(attempted(), storing_command(), pack);
  const auto end = clock::now();
  const auto last_byte = pack.last_byte() == clock::time_point{} ? end : pack.last_byte();
  run_.report.timing.steps.pack += std::chrono::ceil<time_sum>(last_byte - begin);
  run_.report.timing.steps.indexing += std::chrono::ceil<time_sum>(end - last_byte);
  run_.report.bytes += answer_.pack_bytes();
  run_.report.objects += answer_.objects().value_or(0);
  if (stored_here)
    return true;
  if (!result)
    return false;
  if (result->how == ending::cancelled || result->how == ending::timed_out)
    return run_.fail(classify(attempted(), *result));
  if (pack.over_quota())
    return run_.fail(ec::budget_exceeded,
                     attempted() + ": the pack is larger than fetch.max_pack_size");
  // index-pack ends with 1 when the pack leads to objects outside of it, which are there: so it
  // does in every fetch that is no clone.
  const int most = is_small() ? 0 : 1;
  const bool stored = result->how == ending::exited && result->status <= most;
  while (stored && answer_.now() == phase::sending && answer_.pack().empty())
    if (!wait_for(pack))
      return false;
  if (answer_.now() == phase::broken) {
    refused();
    return false;
  }
  if (!stored)
    return run_.fail(classify(attempted(), *result));
  return answer_.now() == phase::complete ||
         run_.fail(ec::remote, attempted() + ": the answer goes on after its pack");
}

// Most fetches bring a few objects, which cost less than a process that stores them. Whatever is
// odd about a pack is for git to tell.
bool http_carrier::conversation::unpack_here(pack_feed& pack) {
  if (!is_small() || address_.objects == remote_address::files::as_set)
    return false;
  while (!pack.ended() && answer_.pack().size() < small_pack) {
    std::array<pollfd, 1> stop{{{run_.cancel.descriptor(), POLLIN, 0}}};
    pack.wait(stop, run_.left());
    if (run_.over())
      return false;
  }
  return answer_.now() == phase::complete && !pack.over_quota() &&
         unpack_small(answer_.pack(), into_.path(),
                      with_alternates(run_.target.location.object_store()));
}

// A few objects become loose ones, as by git: a pack for each fetch would soon be too many. Large
// packs are checked while they are indexed, where their objects are in memory anyway: whatever one
// leads to is in the pack or in the clone.
child_command http_carrier::conversation::storing_command() const {
  // Nobody else writes into a quarantine, so that a link, which never replaces a file, has no use.
  std::vector<std::string> args{"-c", "core.createObject=rename", "unpack-objects", "-q"};
  if (!is_small())
    args = {"index-pack", "--stdin", "--fix-thin", "--check-self-contained-and-connected"};
  if (run_.options.max_pack_size > 0)
    args.push_back("--max-input-size=" + std::to_string(run_.options.max_pack_size));
  auto command = run_.caller.local(args);
  into_.enclose(command);
  return command;
}

bool http_carrier::conversation::is_small() const {
  return answer_.objects().value_or(0) < address_.unpack_limit;
}

// As git does after a fetch: from what is wanted down to what refs lead to.
bool http_carrier::conversation::is_connected(const wanted_refs& wanted, depth how_deep) {
  if (how_deep == depth::objects && is_plainly_whole(wanted))
    return true;
  std::vector<std::string> args{"rev-list", "--stdin", "--not", "--all", "--quiet"};
  if (how_deep == depth::objects)
    args.insert(args.begin() + 1, "--objects");
  auto command = run_.caller.local(args);
  into_.enclose(command);
  for (const auto& [ref, id] : wanted)
    command.input += id.hex() + "\n";
  const auto result =
      run_.run_git("checking what came from " + run_.remote_words(), std::move(command));
  return result && result->how == ending::exited && result->status == 0;
}

// What most fetches bring follows the tips of the same remote, and reading it costs less than a
// process that looks at the whole tree of a commit.
bool http_carrier::conversation::is_plainly_whole(const wanted_refs& wanted) const {
  const auto refs = with_current_tips(run_.target.location, run_.target.refs);
  auto folders = with_alternates(run_.target.location.object_store());
  folders.insert(folders.begin(), into_.path());
  auto objects = object_reader::open(std::move(folders));
  if (!refs || !objects)
    return false;
  std::unordered_set<oid> known;
  for (const auto& ref : *refs)
    if (ref.tip)
      known.insert(*ref.tip);
  std::vector<oid> ids;
  for (const auto& [ref, id] : wanted)
    ids.push_back(id);
  return is_whole(into_.path(), *objects, ids, known);
}

bool http_carrier::conversation::all_here(const wanted_refs& wanted) const {
  auto objects = object_reader::open(with_alternates(run_.target.location.object_store()));
  return objects && std::ranges::all_of(
                        wanted, [&](const auto& each) { return objects->contains(each.second); });
}

std::optional<remote::advertised_tags> http_carrier::conversation::tags() {
  if (run_.tags)
    return run_.tags;
  const step_clock watch{run_.report.timing.steps.negotiation};
  if (!tags_)
    tags_ = through_.http.ask(question_for(remote::tags_request()));
  std::array<pollfd, 1> stop{{{run_.cancel.descriptor(), POLLIN, 0}}};
  std::string answer;
  while (!tags_->ended() || !tags_->body().empty()) {
    if (tags_->body().empty())
      through_.http.wait(stop, run_.left());
    if (run_.over()) {
      run_.fail(classify(attempted(), unfinished()));
      return {};
    }
    answer.append(tags_->body());
    tags_->take(tags_->body().size());
    if (answer.size() > most_of_a_list) {
      run_.fail(ec::remote, "asking " + run_.remote_words() +
                                " for its tags: its answer is longer than " +
                                std::to_string(most_of_a_list >> 20) + " MiB");
      return {};
    }
  }
  note_times(*tags_);
  const std::string asking = "asking " + run_.remote_words() + " for its tags: ";
  if (tags_->how() != remote::http_exchange::ending::whole) {
    run_.fail(tags_->code() == ec::none ? ec::remote : tags_->code(), asking + tags_->error());
    return {};
  }
  auto parsed = remote::parse_tags(answer);
  if (parsed)
    return std::move(*parsed);
  run_.fail(code_of(parsed.error()), asking + detail_of(parsed.error()));
  return {};
}

void http_carrier::conversation::note_times(const remote::http_exchange& exchange) {
  const auto spent = exchange.timing();
  auto& timing = run_.report.timing.steps;
  timing.dns += spent.dns;
  timing.connect += spent.connect;
  timing.tls += spent.tls;
}

time_sum http_carrier::conversation::setting_up() const {
  const auto& timing = run_.report.timing.steps;
  return timing.login + timing.dns + timing.connect + timing.tls;
}

auto http_carrier::conversation::fail(ec code, const std::string& words) -> step {
  run_.fail(code == ec::none ? ec::remote : code, attempted() + ": " + words);
  return step::failed;
}

http_carrier::http_carrier(fetch_run& run, const quarantine& into, fetch_connections& through,
                           remote_address address)
    : talk_{std::make_unique<conversation>(run, into, through, std::move(address))} {}

http_carrier::~http_carrier() = default;

std::string http_carrier::why_not(const repository_location& location,
                                  const remote_address& address) {
  if (!address.only_git.empty())
    return address.only_git;
  const auto transport = transport_of(address.url);
  if (transport != "http" && transport != "https")
    return "it is reached by " + transport;
  if (!remote::parse_web_address(address.url))
    return "its address is unusual";
  if (!address.fetched_by_git.empty())
    return address.fetched_by_git;
  if (::access((location.common_dir + "/shallow").c_str(), F_OK) == 0)
    return "a shallow clone";
  return {};
}

cargo http_carrier::carry(const wanted_refs& wanted) {
  return talk_->carry(wanted);
}

std::optional<remote::advertised_tags> http_carrier::tags() {
  return talk_->tags();
}

}  // namespace headway::git
