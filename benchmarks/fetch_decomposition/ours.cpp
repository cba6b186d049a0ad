#include <future>
#include <stdexcept>

#include <benchmarks/fetch_decomposition/ours.hpp>

#include <messages/url.hpp>
#include <storage/git/ref_lookup.hpp>
#include <storage/git/repository.hpp>

namespace headway::fetch_decomposition {

namespace {

fetch_target target_of(const std::filesystem::path& clone, const std::string& url,
                       const std::vector<std::string>& branches) {
  const auto location = git::locate(clone.string());
  if (!location)
    throw std::runtime_error(detail_of(location.error()));
  fetch_target target;
  target.location = *location;
  target.remote = {.name = "origin",
                   .display_url = url,
                   .host = host_key(url),
                   .fetch_refspecs = {"+refs/heads/*:refs/remotes/origin/*"}};
  for (const auto& branch : branches)
    target.refs.push_back({"refs/heads/" + branch, "refs/remotes/origin/" + branch, {}});
  auto refs = git::with_current_tips(target.location, target.refs);
  if (!refs)
    throw std::runtime_error(detail_of(refs.error()));
  target.refs = std::move(*refs);
  return target;
}

}  // namespace

advertised_refs_ptr our_fetches::look(const std::string& url, std::vector<std::string> refs) {
  std::promise<remote::http_result> answer;
  prober_.submit({.url = url, .refs = std::move(refs)},
                 [&](remote::http_result result) { answer.set_value(std::move(result)); });
  auto result = answer.get_future().get();
  if (result.how != remote::http_result::ending::answered)
    throw std::runtime_error(result.error);
  return std::make_shared<const advertised_refs>(std::move(result.refs));
}

fetch_cost our_fetches::fetch(const std::filesystem::path& clone, const std::string& url,
                              const std::vector<std::string>& branches) {
  const auto target = target_of(clone, url, branches);
  std::vector<std::string> refs;
  for (const auto& ref : target.refs)
    refs.push_back(ref.remote_ref);
  const git::cancellation never;
  fetch_cost cost;
  const measure::stopwatch watch;
  git::fetch_options how{.deadline = std::chrono::minutes{10},
                         .allowed_schemes = {"http"},
                         .seen = look(url, std::move(refs)),
                         .backend = backend_,
                         .connections = connections_};
  const auto looked = watch.read();
  cost.report = git::fetch(target, how, never);
  cost.spent = watch.read();
  cost.report.timing.probe = std::chrono::ceil<std::chrono::milliseconds>(looked.wall);
  if (cost.report.outcome != fetch_outcome::updated)
    throw std::runtime_error("a fetch failed: " + cost.report.error);
  return cost;
}

}  // namespace headway::fetch_decomposition
