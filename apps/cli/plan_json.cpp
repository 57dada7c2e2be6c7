#include <nlohmann/json.hpp>

#include "apps/cli/plan_report.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

using Json = nlohmann::ordered_json;
using tools::Prediction;

// Four digits say all that a prediction knows.
double rounded(double value) { return real_number(format("%.4g", value)).value_or(0); }

Json time_json(const tools::Time& time) {
  return {{"compute_us", rounded(1e6 * time.compute)},
          {"memory_us", rounded(1e6 * time.memory)},
          {"storage_us", rounded(1e6 * time.storage)},
          {"barriers_us", rounded(1e6 * time.barriers)},
          {"all_us", rounded(1e6 * time.total())}};
}

Json speed_json(const tools::Speed& speed, const tools::KernelCosts& kernels) {
  Json stages = Json::array();
  for (const tools::StageTime& stage : speed.stages) {
    Json json = {{"stage", stage.stage}, {"bytes", static_cast<uint64_t>(stage.bytes)}};
    json.update(time_json(stage.time));
    stages.push_back(std::move(json));
  }
  return {{"kernels", kernels.name},
          {"tokens_per_second", rounded(1 / speed.token_seconds)},
          {"first_token_seconds", rounded(speed.first_token_seconds)},
          {"token", time_json(total_of(speed.stages))},
          {"stages", stages}};
}

Json memory_json(const Prediction& p) {
  Json memory = Json::array();
  for (size_t r = 0; r < kRegionCount; ++r) {
    const auto& blocks = p.hardware.memory.regions[r];
    for (size_t b = 0; b < blocks.count; ++b) {
      memory.push_back({{"region", region_name(static_cast<Region>(r))},
                        {"block", b},
                        {"bytes", blocks.block_bytes[b]},
                        {"in_use", p.plan.block_bytes[r][b]}});
    }
  }
  return memory;
}

Json tensors_json(const Prediction& p) {
  Json tensors = Json::array();
  for (const tools::TensorPlace& place : p.tensors) {
    Json json = {{"role", role_name(place.role)}, {"layer", in_layer(place.role) ? Json(place.layer) : Json(nullptr)}};
    for (size_t m = 0; m < tools::kMediumCount; ++m) {
      json[medium_name(static_cast<tools::Medium>(m))] = place.bytes[m];
    }
    tensors.push_back(std::move(json));
  }
  return tensors;
}

Json board_json(const Prediction& p) {
  Json json = {{"board", p.hardware.name}, {"title", p.hardware.title}, {"chip", p.hardware.chip}};
  json["runs"] = p.problem.empty();
  json["problem"] = p.problem.empty() ? Json(nullptr) : Json(p.problem);
  json["remedies"] = p.remedies;
  json["memory"] = memory_json(p);
  json["assumptions"] = p.hardware.assumptions;
  if (!p.problem.empty()) return json;
  json["context"] = p.plan.options.context;
  json["batch"] = p.plan.options.max_batch;
  json["kv_type"] = kv_type_name(p.plan.options.kv_type);
  json["workers"] = p.plan.options.max_workers;
  json["file_in"] = medium_name(p.elsewhere);
  json["tensors"] = tensors_json(p);
  json["mean_of_tokens"] = p.mean_tokens;
  json.update(speed_json(p.speed, p.hardware.kernels));
  json["joules_per_token"] = p.token_joules ? Json(rounded(*p.token_joules)) : Json(nullptr);
  json["plain"] = p.plain ? speed_json(*p.plain, *p.hardware.plain_kernels) : Json(nullptr);
  return json;
}

}  // namespace

std::string plan_json(const PlannedModel& model, const std::vector<Prediction>& predictions) {
  Json boards = Json::array();
  for (const Prediction& p : predictions) boards.push_back(board_json(p));
  const Json document = {
      {"model", model.name}, {"bytes", model.bytes}, {"prompt_tokens", model.prompt_tokens}, {"boards", boards}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace thimble::cli
