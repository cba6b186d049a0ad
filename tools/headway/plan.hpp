/// `headway plan`: what a fleet will cost, before there is one.
#pragma once

#include <string>

#include <tools/headway/console.hpp>
#include <tools/headway/options.hpp>

namespace headway::tools {

/// Answers the exit status.
int run_plan(const plan_command& command, console& out);

/// A line a figure.
std::string plan_text(const fleet& what, const forecast& expected);
/// An object with a member a figure: seconds, shares of a core, bytes.
std::string plan_json(const forecast& expected);

}  // namespace headway::tools
