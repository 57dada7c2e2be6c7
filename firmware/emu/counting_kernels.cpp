// The core is not changed to be counted: the linker sends its calls of active_kernels() here (--wrap), and where a run
// is to be counted, the answer is a table that counts around the calls of the chosen one. A run that is not counted has
// the real table and pays nothing.

#include "firmware/emu/stages.h"
#include "kernels/kernels.h"
#include "ports/port.h"
#include "ports/semihost/semihost.h"

// thimble::active_kernels(), as the linker knows it; a reference is returned as a pointer.
extern "C" const thimble::Kernels* __real__ZN7thimble14active_kernelsEv();
extern "C" const thimble::Kernels* __wrap__ZN7thimble14active_kernelsEv();

namespace thimble::emu {
namespace {

StageCounts* counts = nullptr;
const Kernels* real = nullptr;
bool choose_counting = false;

// What the stage of a call depends on: the first argument where that is a matrix.
template <class... Rest>
Stage stage_of_call(Stage stage, const void* first, const Rest&...) {
  return stage == Stage::kFirstRole ? counts->stage_of_matrix(first) : stage;
}

template <auto kKernel, Stage kStage>
struct Counted;

template <class Result, class... Arguments, Result (*Kernels::*kKernel)(Arguments...), Stage kStage>
struct Counted<kKernel, kStage> {
  static Result call(Arguments... arguments) {
    struct Interval {
      Stage stage;
      uint64_t from;
      ~Interval() { counts->add(stage, from, port::ticks()); }
    };
    const Interval interval{stage_of_call(kStage, arguments...), port::ticks()};
    return (real->*kKernel)(arguments...);
  }
};

constinit const Kernels kCounting = {
    .name = "counting",
    .matmul_f32 = Counted<&Kernels::matmul_f32, Stage::kFirstRole>::call,
    .matmul_f16 = Counted<&Kernels::matmul_f16, Stage::kFirstRole>::call,
    .rms_norm_f32 = Counted<&Kernels::rms_norm_f32, Stage::kNorm>::call,
    .rope_f32 = Counted<&Kernels::rope_f32, Stage::kRope>::call,
    .softmax_f32 = Counted<&Kernels::softmax_f32, Stage::kAttention>::call,
    .silu_mul_f32 = Counted<&Kernels::silu_mul_f32, Stage::kGate>::call,
    .add_f32 = Counted<&Kernels::add_f32, Stage::kAdd>::call,
    .matmul_q8 = Counted<&Kernels::matmul_q8, Stage::kFirstRole>::call,
    .matmul_q4 = Counted<&Kernels::matmul_q4, Stage::kFirstRole>::call,
    .norm_i32 = Counted<&Kernels::norm_i32, Stage::kNorm>::call,
    .max_abs_i32 = Counted<&Kernels::max_abs_i32, Stage::kQuantise>::call,
    .quantize_i8 = Counted<&Kernels::quantize_i8, Stage::kQuantise>::call,
    .rescale_i8 = Counted<&Kernels::rescale_i8, Stage::kQuantise>::call,
    .add_i32 = Counted<&Kernels::add_i32, Stage::kAdd>::call,
    .rope_i32 = Counted<&Kernels::rope_i32, Stage::kRope>::call,
    .silu_mul_i32 = Counted<&Kernels::silu_mul_i32, Stage::kGate>::call,
    .logits_i32 = Counted<&Kernels::logits_i32, Stage::kLogits>::call,
    .scores_i8 = Counted<&Kernels::scores_i8, Stage::kAttention>::call,
    .weigh_i8 = Counted<&Kernels::weigh_i8, Stage::kAttention>::call,
    .mix_i8 = Counted<&Kernels::mix_i8, Stage::kAttention>::call,
};

constexpr const char* kOtherStages[] = {"attention", "norms",  "quantise", "rope",     "gate",
                                        "add",       "logits", "sampler",  "tokenizer"};
static_assert(std::size(kOtherStages) == kStageCount - kRoleCount);

}  // namespace

const char* stage_name(Stage stage) {
  const auto i = static_cast<size_t>(stage);
  return i < kRoleCount ? role_name(static_cast<Role>(i)) : kOtherStages[i - kRoleCount];
}

void StageCounts::start_counting(const Model& model) {
  model_ = &model;
  const uint64_t from = port::ticks();
  overhead_ = semihost::instructions_between(from, port::ticks());
  counts = this;
  choose_counting = true;
}

void StageCounts::stop_counting() { choose_counting = false; }

void StageCounts::add(Stage stage, uint64_t from, uint64_t to) {
  const uint64_t instructions = semihost::instructions_between(from, to);
  counts_[static_cast<size_t>(stage)] += instructions > overhead_ ? instructions - overhead_ : 0;
}

Stage StageCounts::stage_of_matrix(const void* data) const {
  for (uint32_t i = 0; i < model_->tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const TensorView tensor = model_->tensor_at(i, &role, &layer);
    const auto offset = reinterpret_cast<uintptr_t>(data) - reinterpret_cast<uintptr_t>(tensor.data);
    if (offset >= tensor.bytes) continue;
    // The one product with an embedding is that of a classifier tied to it.
    return static_cast<Stage>(role == Role::kTokenEmbedding ? Role::kClassifier : role);
  }
  return Stage::kAttention;
}

}  // namespace thimble::emu

const thimble::Kernels* __wrap__ZN7thimble14active_kernelsEv() {
  using namespace thimble;
  emu::real = __real__ZN7thimble14active_kernelsEv();
  return emu::choose_counting ? &emu::kCounting : emu::real;
}
