#include <chrono>
#include <stdexcept>

#include <benchmarks/end_to_end/sync_status_node.hpp>

#include <messages/error.hpp>
#include <tools/client/documents.hpp>

namespace headway::end_to_end {

namespace {

constexpr std::uint64_t branches = 20;

load::scenario one_project() {
  load::scenario plan;
  plan.name = "end_to_end";
  plan.node_settings = {"fetch.background=off"};
  plan.hosts = {{.name = "disk", .by = load::transport::local}};
  plan.projects = {{.count = 1,
                    .of = load::template_size::medium,
                    .host = "disk",
                    .tracked = {.least = branches, .mean = branches, .most = branches}}};
  return plan;
}

const load::tell_progress nobody = [](std::string_view, std::size_t, std::size_t) {};

}  // namespace

sync_status_node::sync_status_node(const std::filesystem::path& program,
                                   const std::filesystem::path& folder,
                                   const std::filesystem::path& cache)
    : plan_{one_project()} {
  const load::templates from{cache, {load::template_size::medium}, nobody};
  projects_ = load::make_projects(
      plan_, from, folder,
      [](const load::project_fixture& project) -> load::remote_address {
        return {project.bare.string(), {}};
      },
      nobody);
  std::filesystem::create_directories(folder / "node");
  node_ = std::make_unique<load::node_process>(program, folder / "node", plan_);
  connect();
  const auto added = client_->perform(
      tools::http_call{.method = "POST",
                       .target = "/projects",
                       .body = tools::add_request_json(projects_[0].clone.string())});
  const auto project =
      added ? tools::parse_project(added->body) : caf::expected<project_info>{added.error()};
  if (!project)
    throw std::runtime_error(describe(project.error()));
  target_ = "/projects/" + tools::encode_segment(project->id.slug) + "/sync-status";
  ask();
}

void sync_status_node::connect() {
  auto client = tools::http_client::connect_to(node_->url());
  if (!client)
    throw std::runtime_error(describe(client.error()));
  client_ = std::make_unique<tools::http_client>(std::move(*client));
}

std::string sync_status_node::url() const {
  return node_->url() + target_;
}

std::string sync_status_node::document() {
  ask();
  return last_;
}

load::metric_values sync_status_node::metrics() {
  const auto answer = client_->perform(tools::http_call{.target = "/metrics"});
  return answer ? load::parse_metrics(answer->body) : load::metric_values{};
}

double sync_status_node::ask() {
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = client_->perform(tools::http_call{.target = target_});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (!answer || answer->status != 200)
    throw std::runtime_error("no status: " + (answer ? answer->body : describe(answer.error())));
  last_ = answer->body;
  return took.count();
}

double sync_status_node::ask_warm() {
  return ask();
}

double sync_status_node::ask_cold() {
  node_->stop();
  node_->start();
  connect();
  return ask();
}

double sync_status_node::ask_dirty() {
  const auto moved = changes_.apply(
      {.kind = load::change_kind::commit, .branches = 1, .commits = 1, .seed = ++asked_},
      projects_[0]);
  const auto took = ask();
  if (last_.find(moved.at(0).oid) == std::string::npos)
    throw std::runtime_error("the answer does not show the commit that came before it");
  return took;
}

}  // namespace headway::end_to_end
