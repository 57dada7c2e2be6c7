#include "apps/cli/inspection_json.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "apps/cli/session.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

using Json = nlohmann::ordered_json;

// As people wrote it: 0.8, not the nearest float's 0.800000011920929.
double rounded(float value) { return std::strtod(format("%g", static_cast<double>(value)).c_str(), nullptr); }

Json config_json(const ModelConfig& c) {
  return {{"dim", c.dim},
          {"hidden_dim", c.hidden_dim},
          {"layers", c.n_layers},
          {"heads", c.n_heads},
          {"kv_heads", c.n_kv_heads},
          {"head_dim", c.head_dim},
          {"vocabulary", c.vocab_size},
          {"context", c.max_context},
          {"rope_theta", rounded(c.rope_theta)},
          {"norm_eps", rounded(c.norm_eps)},
          {"tied_classifier", c.tied_classifier}};
}

Json weights_json(const Model& model) {
  Json by_type = Json::object();
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    const TensorView tensor = model.tensor_at(i, nullptr, nullptr);
    Json& bytes = by_type[dtype_name(tensor.type)];
    bytes = (bytes.is_null() ? 0 : bytes.get<uint64_t>()) + tensor.bytes;
  }
  return {{"bytes", model.weight_bytes()}, {"by_type", by_type}};
}

Json about_json(const Model& model) {
  Json about = Json::object();
  for (uint32_t i = 0; i < model.about_count(); ++i) {
    const AboutEntry entry = model.about_at(i);
    Json& value = about[std::string(entry.key)];
    switch (entry.type) {
      case AboutEntry::Type::kText:
        value = std::string(entry.text);
        break;
      case AboutEntry::Type::kF32:
        value = rounded(entry.f32);
        break;
      case AboutEntry::Type::kU64:
        value = entry.u64;
        // JavaScript has no whole numbers of 64 bits.
        if (entry.key.starts_with("selftest.")) value = format("%016llx", static_cast<unsigned long long>(entry.u64));
        break;
    }
  }
  return about;
}

Json tensor_json(const Model& model, uint32_t index) {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = 0;
  const TensorView tensor = model.tensor_at(index, &role, &layer);
  return {{"role", role_name(role)},
          {"layer", in_layer(role) ? Json(layer) : Json()},
          {"type", dtype_name(tensor.type)},
          {"rows", tensor.rows},
          {"cols", tensor.cols},
          {"bytes", tensor.bytes},
          {"offset", tensor.offset}};
}

Json tensors_json(const Model& model) {
  Json tensors = Json::array();
  for (uint32_t i = 0; i < model.tensor_count(); ++i) tensors.push_back(tensor_json(model, i));
  return tensors;
}

Json plan_json(const Plan& plan) {
  Json buffers = Json::object();
  for (size_t i = 0; i < kBufferCount; ++i) {
    const auto buffer = static_cast<Buffer>(i);
    if (is_shown(plan, buffer)) buffers[buffer_name(buffer)] = plan.buffers[i].bytes;
  }
  return {{"context", plan.options.context},
          {"batch", plan.options.max_batch},
          {"kv_type", kv_type_name(plan.options.kv_type)},
          {"threads", plan.options.max_workers},
          {"buffers", buffers},
          {"bytes", plan.total_bytes()}};
}

Json fast_json(const Plan& plan, const Model& model) {
  Json blocks = Json::array();
  for (const size_t bytes : plan.block_bytes[static_cast<size_t>(Region::kFast)]) {
    if (bytes > 0) blocks.push_back(bytes);
  }
  size_t buffers = 0;
  for (const Placement& place : plan.buffers) buffers += place.bytes;
  Json in_place = Json::array();
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    if (is_resident(plan, model, i)) continue;
    const Json tensor = tensor_json(model, i);
    in_place.push_back({{"role", tensor["role"]}, {"layer", tensor["layer"]}, {"bytes", tensor["bytes"]}});
  }
  return {{"blocks", blocks},
          {"buffers", buffers},
          {"weights", plan.resident_bytes},
          {"tensors", plan.resident_tensors},
          {"in_place", in_place}};
}

}  // namespace

std::string inspection_json(const LoadedModel& loaded, const Plan& plan, const Plan* fast, bool verified) {
  const Model& model = loaded.model;
  Json json;
  json["file"] = loaded.path;
  json["format"] = loaded.source_format.empty()
                       ? format(".thm %u.%u", unsigned{model.format_major()}, unsigned{model.format_minor()})
                       : loaded.source_format;
  json["bytes"] = model.image().size();
  json["parameters"] = model.parameter_count();
  json["arithmetic"] = model.arithmetic() == Arithmetic::kInteger ? "integer" : "float";
  json["config"] = config_json(model.config());
  json["weights"] = weights_json(model);
  json["about"] = about_json(model);
  json["tensors"] = tensors_json(model);
  json["plan"] = plan_json(plan);
  json["fast"] = fast == nullptr ? Json() : fast_json(*fast, model);
  json["verified"] = verified ? Json(true) : Json();
  // Names in a file may be no UTF-8: U+FFFD stands for what is none.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace thimble::cli
