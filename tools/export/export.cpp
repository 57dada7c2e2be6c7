#include "tools/export/export.h"

#include "tools/convert/convert.h"
#include "tools/error.h"
#include "tools/quantize/dequantize.h"

namespace thimble::tools {

void check_is_float(const Model& model) {
  if (model.arithmetic() == Arithmetic::kFloat) return;
  throw Error("the model computes in integers; export what it was made from, or convert that with --type f32 or f16");
}

void check_has_rows(const Vocabulary& vocabulary) {
  if (vocabulary.steps == 0) return;
  throw Error("its vocabulary was pruned: " + std::to_string(vocabulary.steps) +
              " pieces are steps of merging without a row, which other formats cannot say; export the whole model");
}

float rope_theta_of(const Model& model) {
  const ModelConfig& c = model.config();
  const std::vector<uint64_t> steps = rope_phase_steps(static_cast<double>(c.rope_theta), c.head_dim);
  for (uint32_t pair = 0; pair < steps.size(); ++pair) {
    if (model.rope_step(pair) == steps[pair]) continue;
    throw Error("its rotary angles are scaled: those of pair " + std::to_string(pair) + " do not follow from theta " +
                shown(static_cast<double>(c.rope_theta)) + ", which is all that can be exported");
  }
  return c.rope_theta;
}

std::vector<float> float_row(const TensorView& tensor, uint32_t row) {
  std::vector<float> out(tensor.cols);
  dequantize_row(tensor, row, out);
  return out;
}

}  // namespace thimble::tools
