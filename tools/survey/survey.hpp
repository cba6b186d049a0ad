/// Asking an engine about many projects at once.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <messages/status.hpp>
#include <tools/report/attention.hpp>
#include <tools/survey/bounded_calls.hpp>

namespace headway {
class engine;
}

namespace headway::tools {

/// What is being done, and how far it is; answers whether to go on. Called at least every 100 ms.
using survey_watch = std::function<pace(const char* what, std::size_t done, std::size_t all)>;

struct survey_result {
  std::vector<sync_status_ptr> statuses;  ///< By project id.
  std::vector<trouble> troubles;
  bool complete = true;  ///< False when `survey_watch` ended it.
};

/// Registers `paths`; those that are registered already are no trouble. Answers what could not be.
survey_result add_all(engine& engine, const std::vector<std::string>& paths,
                      const survey_watch& watch);

/// Fetches all projects and waits for the end. Projects that have nothing to fetch are no trouble;
/// fetches that fail stand in the documents later.
survey_result fetch_all(engine& engine, const survey_watch& watch);

/// The documents of all projects, each computed now.
survey_result status_of_all(engine& engine, const survey_watch& watch);

}  // namespace headway::tools
