#include "engine/weights.h"

#include <cstring>

#include "engine/resident.h"
#include "format/roles.h"

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

Status Weights::load(const Model& model, const Plan& plan, const Memory& memory, WeightStream* stream) {
  if (kStreaming && plan.options.weights == WeightHome::kStreamed) return load_runs(model, plan, memory, stream);
  ResidentWalk walk(model, plan);
  for (ResidentWalk::Step step; walk.next(&step);) {
    TensorView* view = slot(this, step.role, step.layer);
    *view = step.tensor;
    if (plan.options.weights != WeightHome::kFast || !step.resident) {
      // Tensors of other types may take more room than those that were planned for.
      if (step.swept && view->data == nullptr) return Status::error(Code::kMismatch, "plan made for another model");
      continue;
    }
    const std::span<std::byte> copy = memory.at(step.place);
    if (!kStreaming || view->data != nullptr) {
      std::memcpy(copy.data(), view->data, copy.size());
    } else {
      THIMBLE_RETURN_IF_ERROR(stream->fetch(view->offset, copy));
    }
    view->data = copy.data();
  }
  if (plan.config.tied_classifier) classifier = embedding;
  return {};
}

// Norms are read whole by the caller of the stages: those that no run has are copied.
Status Weights::load_runs(const Model& model, const Plan& plan, const Memory& memory, WeightStream* stream) {
  THIMBLE_RETURN_IF_ERROR(stream->load());
  std::span<std::byte> norms = memory.at(plan.at(Buffer::kNorms));
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    TensorView tensor = model.tensor_at(i, &role, &layer);
    tensor.data = stream->whole(tensor);
    if (tensor.data == nullptr && format::is_norm(role)) {
      const auto bytes = static_cast<size_t>(tensor.bytes);
      if (bytes > norms.size()) return Status::error(Code::kMismatch, "plan made for another model");
      THIMBLE_RETURN_IF_ERROR(stream->fetch(tensor.offset, norms.first(bytes)));
      tensor.data = norms.data();
      norms = norms.subspan(bytes);
    }
    *slot(this, role, layer) = tensor;
  }
  if (plan.config.tied_classifier) classifier = embedding;
  return {};
}

}  // namespace thimble
