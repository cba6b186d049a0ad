/// Made-up repositories, made once.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include <benchmarks/history/kernel_history.hpp>

namespace headway::history {

/// $XDG_CACHE_HOME/headway-benchmarks, or ~/.cache/headway-benchmarks. Throws when neither variable
/// helps.
std::filesystem::path usual_cache();

/// The bare repository of that plan below `cache`, with a commit-graph file; made if it is not
/// there, which takes a minute or two for a million commits. `tell` hears what is being done.
/// Throws `std::runtime_error` with git's words.
std::filesystem::path kernel_repository(const std::filesystem::path& cache, const kernel_plan& plan,
                                        const std::function<void(std::string_view)>& tell);

}  // namespace headway::history
