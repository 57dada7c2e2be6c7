#include "engine/weights.h"

#include <cstring>

#include "engine/resident.h"

namespace thimble {
namespace {

TensorView* slot(Weights* w, Role role, uint32_t layer) {
  switch (role) {
    case Role::kTokenEmbedding:
      return &w->embedding;
    case Role::kAttentionNorm:
      return &w->layers[layer].attention_norm;
    case Role::kWq:
      return &w->layers[layer].wq;
    case Role::kWk:
      return &w->layers[layer].wk;
    case Role::kWv:
      return &w->layers[layer].wv;
    case Role::kWo:
      return &w->layers[layer].wo;
    case Role::kFfnNorm:
      return &w->layers[layer].ffn_norm;
    case Role::kWGate:
      return &w->layers[layer].gate;
    case Role::kWUp:
      return &w->layers[layer].up;
    case Role::kWDown:
      return &w->layers[layer].down;
    case Role::kFinalNorm:
      return &w->final_norm;
    case Role::kClassifier:
      return &w->classifier;
  }
  return nullptr;
}

}  // namespace

void Weights::load(const Model& model, const Plan& plan, const Memory& memory) {
  ResidentWalk walk(model, plan);
  for (ResidentWalk::Step step; walk.next(&step);) {
    TensorView* view = slot(this, step.role, step.layer);
    *view = step.tensor;
    if (plan.options.weights != WeightHome::kFast || !step.resident) continue;
    std::byte* copy = memory.at(step.place).data();
    std::memcpy(copy, view->data, step.place.bytes);
    view->data = copy;
  }
  if (plan.config.tied_classifier) classifier = embedding;
}

}  // namespace thimble
