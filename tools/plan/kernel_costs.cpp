#include "tools/plan/kernel_costs.h"

#include <nlohmann/json.hpp>

#include "tools/flash/embedded_files.h"

namespace thimble::tools {
namespace {

using Json = nlohmann::json;

std::map<std::string, UnitCosts> scaled(const Json& stages, double factor) {
  std::map<std::string, UnitCosts> out;
  for (const auto& [stage, units] : stages.items()) {
    for (const auto& [unit, cost] : units.items()) out[stage][unit] = factor * cost.get<double>();
  }
  return out;
}

}  // namespace

KernelCosts kernel_costs(const std::string& name, double cycles_per_instruction) {
  const Json file = parsed_file(embedded_kernels(), name);
  const double factor = file.at("unit") == "cycles" ? 1 : cycles_per_instruction;
  KernelCosts costs = {name,
                       file.at("kind"),
                       file.at("source"),
                       scaled(file.at("products"), factor),
                       scaled(file.at("integer"), factor),
                       scaled(file.at("float"), factor)};
  if (!file.contains("others")) return costs;
  // What the set does not do better is another's.
  const KernelCosts others = kernel_costs(file.at("others"), cycles_per_instruction);
  costs.products.insert(others.products.begin(), others.products.end());
  costs.integer_stages.insert(others.integer_stages.begin(), others.integer_stages.end());
  costs.float_stages.insert(others.float_stages.begin(), others.float_stages.end());
  return costs;
}

}  // namespace thimble::tools
