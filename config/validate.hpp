/// Checks a configuration that no file vouches for, and the rules between options.
#pragma once

#include <vector>

#include <config/diagnostic.hpp>
#include <config/options.hpp>

namespace headway {

/// Two options of which `lower` must not be greater than `upper`. A value of 0 that has a word
/// ("auto") is no amount and contradicts nothing.
struct contradiction {
  const config_option* lower;
  const config_option* upper;
};

/// All pairs whose values in `config` exclude each other.
std::vector<contradiction> contradictions(const node_config& config);

/// Says it from the side of `blamed`, which is one of the two; the place is left open.
diagnostic explain(const contradiction& pair, const config_option& blamed,
                   const node_config& config);

/// Everything that is wrong with `config`: values out of range and contradictions. For
/// configurations made by a program and after `apply_override`; `load_file` and `load_text` have
/// checked already.
std::vector<diagnostic> validate(const node_config& config);

}  // namespace headway
