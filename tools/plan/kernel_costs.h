// What the kernels of a set cost in cycles, by unit of work: boards/kernels/*.json, times a core's cycles per
// instruction. tools/plan/token_work.cpp says what each unit counts; bench/fit_stages.py finds the costs.
#pragma once

#include <map>
#include <string>

namespace thimble::tools {

using UnitCosts = std::map<std::string, double>;  // by name of the unit: "mac", "row", "call"

struct KernelCosts {
  std::string name;                                 // "xtensa-mac16"
  std::string kind;                                 // "emulated", "predicted"
  std::string source;                               // where the costs come from
  std::map<std::string, UnitCosts> products;        // by type of the weights: "q8"
  std::map<std::string, UnitCosts> integer_stages;  // "attention", "norms", ...
  std::map<std::string, UnitCosts> float_stages;
};

// Throws Error when there is no such set.
KernelCosts kernel_costs(const std::string& name, double cycles_per_instruction);

}  // namespace thimble::tools
