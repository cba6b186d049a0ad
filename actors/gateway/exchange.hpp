/// One request on its way to its reply.
#pragma once

#include <memory>
#include <string>

#include <caf/error.hpp>

#include <actors/gateway/problem.hpp>
#include <actors/gateway/query.hpp>
#include <actors/gateway/reply.hpp>
#include <actors/gateway/request.hpp>

namespace headway::gateway {

struct exchange {
  request asked;
  std::string instance;  ///< The path as sent, for problems.
  std::string name;      ///< The segment that stands in place of the route's "{}".
  query_parameters parameters;
  answer done;

  void fail(const caf::error& error) const { done(problem(error, instance)); }
};

using exchange_ptr = std::shared_ptr<const exchange>;

}  // namespace headway::gateway
