// Hostile models that are run: whatever open() accepts, the engine computes inside its bounds (a sanitizer watches),
// ends, gives the same bits for every batch, and finite logits where the model is one of integers.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/quantized_layout.h"
#ifdef THIMBLE_CHECK_KERNELS
#include "kernels/checked/checked_kernels.h"
#endif
#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_editor.h"

namespace thimble {
namespace {

namespace h = format::header;
namespace s = format::section;
using testing::ThmEditor;
using testing::to_string;
using tools::WeightType;

// Rows in a panel of 8 and one of 4; q4 rows in two blocks, the second not full. A context that is run to its end.
testing::FixtureSpec hostile_spec() {
  return {.dim = 36,
          .hidden_dim = 41,
          .n_layers = 2,
          .n_heads = 6,
          .n_kv_heads = 3,
          .vocab_size = 12,
          .seq_len = 19,
          .tied = false,
          .seed = 8};
}

// One run's logits, as far as the promises go.
struct Outcome {
  uint64_t hash = 0;
  bool finite = true;
  bool operator==(const Outcome&) const = default;
};

struct Collector {
  explicit Collector(uint32_t vocab_size) : hash(vocab_size) {}
  LogitsHash hash;
  bool finite = true;
};

// The whole context. Fails the test when the engine refuses what the reader accepted.
// `found`: what every byte of the memory is before; nothing may be read that the run did not write.
Outcome run_context(const Model& model, const PlanOptions& options, std::byte found) {
  const Plan plan = make_plan(model, options, MemoryLayout::unlimited());
  EXPECT_TRUE(plan.status.ok()) << to_string(plan.status);
  tools::ImageBytes memory(plan.total_bytes());
  std::fill(memory.span().begin(), memory.span().end(), found);
  Engine engine;
  const Status ready = engine.init(model, plan, Memory(memory.span()));
  EXPECT_TRUE(ready.ok()) << to_string(ready);
  const auto tokens = testing::random_tokens(engine.context(), model.config().vocab_size, 3);
  Collector collector(model.config().vocab_size);
  const LogitsSink sink{[](void* context, uint32_t index, uint32_t first_row, std::span<const float> logits) {
                          auto* c = static_cast<Collector*>(context);
                          c->hash.add(index, first_row, logits);
                          for (const float x : logits) c->finite = c->finite && std::isfinite(x);
                        },
                        &collector};
  const Status ran = engine.forward(tokens, LogitsOf::kAll, &sink);
  EXPECT_TRUE(ran.ok()) << to_string(ran);
  return {collector.hash.value(), collector.finite};
}

// Opens and runs an image with all kinds of kv cache that it can have. False when the reader refuses it.
bool run_if_accepted(std::span<const std::byte> image, bool batches = true) {
  Model model;
  if (!model.open(image).ok()) return false;
  for (const KvType kv : {KvType::kI8, KvType::kF32, KvType::kI4}) {
    if (kv == KvType::kI4 && model.config().head_dim < kMinI4HeadDim) continue;
    const Outcome outcome = run_context(model, {.max_batch = 1, .kv_type = kv}, std::byte{0xa5});
    EXPECT_TRUE(outcome.finite || model.arithmetic() == Arithmetic::kFloat) << kv_type_name(kv);
    if (!batches) continue;
    EXPECT_EQ(run_context(model, {.max_batch = 3, .kv_type = kv}, std::byte{0}), outcome) << kv_type_name(kv);
  }
  return true;
}

// --- edits of whole tensors ---

// Numbers of one kind that a tensor is filled with.
enum class Fill { kKept, kZero, kLowest, kHighest, kOne, kRandom };

class Hostile {
 public:
  Hostile(std::span<const std::byte> image, uint64_t seed) : edit_(image), seed_(seed) {
    const Status status = model_.open(edit_.bytes());
    if (!status.ok()) throw std::runtime_error(to_string(status));
  }

  uint64_t random() {  // splitmix64
    uint64_t z = seed_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[random() % from.size()];
  }

  uint32_t tensors() const { return model_.tensor_count(); }
  TensorView view(uint32_t i, Role* role = nullptr) const { return model_.tensor_at(i, role, nullptr); }

  void set_exponent(uint32_t i, int exponent) {
    if (model_.arithmetic() == Arithmetic::kFloat) return;  // there it must be 0
    std::byte* entry = edit_.section(s::kTensors) + size_t{i} * format::kTensorEntryBytes;
    entry[format::tensor::kExponentAt] = static_cast<std::byte>(exponent);
  }
  void set_eps(float eps) { store_u32(edit_.at(h::kNormEpsAt), std::bit_cast<uint32_t>(eps)); }
  void set_rope_step(uint32_t pair, uint64_t step) { store_u64(edit_.section(s::kRope) + size_t{pair} * 8, step); }
  uint32_t pairs() const { return model_.config().head_dim / 2; }

  // Weights, row scales and group scales; padding stays zero.
  void fill(uint32_t i, Fill weights, Fill groups, Fill rows) {
    const TensorView t = view(i);
    std::byte* data = edit_.at(static_cast<size_t>(t.data - edit_.bytes().data()));
    if (t.type == DType::kQ8 || t.type == DType::kQ4) {
      fill_panels(t, data, weights, groups, rows);
    } else {
      for (uint32_t r = 0; r < t.rows; ++r) fill_plain(t, data + size_t{r} * t.row_bytes, weights);
    }
  }

  // The image, consistent and without a flaw that verify() could find.
  std::span<const std::byte> image() {
    edit_.repair();
    Model model;
    const Status opened = model.open(edit_.bytes());
    EXPECT_TRUE(opened.ok()) << to_string(opened);
    const Status verified = model.verify();
    EXPECT_TRUE(verified.ok()) << to_string(verified);
    return edit_.bytes();
  }

 private:
  // A number of `bits` bits, two's complement or unsigned.
  uint32_t number(Fill fill, int bits, bool is_signed) {
    const uint32_t all = bits == 32 ? ~0u : (1u << bits) - 1;
    const uint32_t sign = 1u << (bits - 1);
    switch (fill) {
      case Fill::kLowest:
        return is_signed ? sign : 0;
      case Fill::kHighest:
        return is_signed ? sign - 1 : all;
      case Fill::kOne:
        return 1;
      case Fill::kRandom:
        return static_cast<uint32_t>(random()) & all;
      default:
        return 0;
    }
  }
  // A finite float of `mantissa` bits, with its sign in bit `sign`.
  uint32_t real(Fill fill, int mantissa, int sign) {
    const uint32_t infinity = (1u << sign) - (1u << mantissa);
    switch (fill) {
      case Fill::kLowest:
        return (1u << sign) | (infinity - 1);
      case Fill::kHighest:
        return infinity - 1;
      case Fill::kOne:
        return 1;  // the least subnormal
      case Fill::kRandom: {
        const auto bits = static_cast<uint32_t>(random());
        return (bits & infinity) == infinity ? bits & ~(1u << mantissa) & ((2u << sign) - 1)
                                             : bits & ((2u << sign) - 1);
      }
      default:
        return 0;
    }
  }
  void fill_plain(const TensorView& t, std::byte* row, Fill fill) {
    if (fill == Fill::kKept) return;
    for (uint32_t c = 0; c < t.cols; ++c) {
      if (t.type == DType::kF32) store_u32(row + size_t{c} * 4, real(fill, 23, 31));
      if (t.type == DType::kF16) store_u16(row + size_t{c} * 2, static_cast<uint16_t>(real(fill, 10, 15)));
      if (t.type == DType::kQ16) store_u16(row + size_t{c} * 2, static_cast<uint16_t>(number(fill, 16, true)));
    }
  }
  void fill_panels(const TensorView& t, std::byte* data, Fill weights, Fill group_fill, Fill rows) {
    const bool q4 = t.type == DType::kQ4;
    const PanelLayout layout = q4 ? q4_layout(t.cols) : q8_layout(t.cols);
    const size_t blocks = q4 ? q4_blocks(t.cols) : 0;
    for (uint32_t r = 0; r < t.rows; ++r) {
      if (rows != Fill::kKept) {
        store_u16(data + layout.row_scale(r), static_cast<uint16_t>(number(rows, 16, false)));
      }
      for (size_t k = 0; k < blocks && group_fill != Fill::kKept; ++k) {
        const bool both = k * 32 + 16 < t.cols;  // else the upper half is padding
        const uint32_t scales = number(group_fill, 4, true) | (both ? number(group_fill, 4, true) << 4 : 0);
        data[layout.group_scales(r, blocks) + k] = static_cast<std::byte>(scales);
      }
      for (uint32_t c = 0; c < t.cols && weights != Fill::kKept; ++c) set_weight(t, data + layout.row(r), c, weights);
    }
  }
  void set_weight(const TensorView& t, std::byte* row, uint32_t c, Fill fill) {
    if (t.type == DType::kQ8) {
      row[c] = static_cast<std::byte>(number(fill, 8, true));
      return;
    }
    std::byte& pair = row[c / 32 * 16 + c % 16];
    const auto nibble = static_cast<std::byte>(number(fill, 4, true));
    pair = c % 32 < 16 ? (pair & std::byte{0xf0}) | nibble : (pair & std::byte{0x0f}) | nibble << 4;
  }

  ThmEditor edit_;
  Model model_;
  uint64_t seed_;
};

class HostileRuns : public ::testing::TestWithParam<WeightType> {
 protected:
#ifdef THIMBLE_CHECK_KERNELS
  // In such a build each kernel call of a run is compared with the oracle's.
  void SetUp() override { mismatches_ = kernel_mismatches(); }
  void TearDown() override { EXPECT_EQ(kernel_mismatches(), mismatches_); }
  uint64_t mismatches_ = 0;
#endif
  static tools::ImageBytes make(const testing::FixtureSpec& spec) {
    return testing::to_thm(testing::make_fixture(spec), GetParam());
  }
};

INSTANTIATE_TEST_SUITE_P(Types, HostileRuns,
                         ::testing::Values(WeightType::kF32, WeightType::kF16, WeightType::kQ8, WeightType::kQ4,
                                           WeightType::kMixed),
                         [](const auto& type) { return std::string(tools::weight_type_name(type.param)); });

// All extremes of the numbers, each with the extremes of the exponents: the longest sums and the largest scales.
TEST_P(HostileRuns, ExtremeWeightsRun) {
  const tools::ImageBytes image = make(hostile_spec());
  const auto extremes = {Fill::kLowest, Fill::kHighest, Fill::kZero, Fill::kOne};
  for (const Fill weights : extremes) {
    for (const Fill groups : {Fill::kLowest, Fill::kHighest}) {
      for (const Fill rows : {Fill::kHighest, Fill::kOne, Fill::kZero}) {
        for (const int exponent : {-128, 0, 127}) {
          Hostile hostile(image.span(), 1);
          for (uint32_t i = 0; i < hostile.tensors(); ++i) {
            hostile.fill(i, weights, groups, rows);
            hostile.set_exponent(i, exponent);
          }
          ASSERT_TRUE(run_if_accepted(hostile.image()));
          if (hostile.view(0).type == DType::kF32 || hostile.view(0).type == DType::kF16) break;  // none of these
        }
      }
    }
  }
}

// One role at the extremes, the others sound: an infinite or vanishing scale meets numbers of common size.
TEST_P(HostileRuns, OneExtremeTensorAmongSoundOnesRuns) {
  const tools::ImageBytes image = make(hostile_spec());
  const uint32_t tensors = Hostile(image.span(), 1).tensors();
  for (uint32_t i = 0; i < tensors; ++i) {
    for (const Fill weights : {Fill::kLowest, Fill::kHighest, Fill::kZero, Fill::kOne, Fill::kKept}) {
      for (const int exponent : {-128, 127}) {
        Hostile hostile(image.span(), 2);
        hostile.fill(i, weights, Fill::kLowest, Fill::kHighest);
        hostile.set_exponent(i, exponent);
        ASSERT_TRUE(run_if_accepted(hostile.image())) << "tensor " << i;
      }
    }
  }
}

// Everything at once: each tensor filled in its own way, any exponent, epsilon and rotary steps.
TEST_P(HostileRuns, RandomHostileModelsRun) {
  const tools::ImageBytes image = make(hostile_spec());
  for (uint64_t seed = 0; seed < 250; ++seed) {
    Hostile hostile(image.span(), seed);
    const auto any_fill = [&] {
      return hostile.pick({Fill::kKept, Fill::kKept, Fill::kRandom, Fill::kRandom, Fill::kLowest, Fill::kHighest,
                           Fill::kZero, Fill::kOne});
    };
    for (uint32_t i = 0; i < hostile.tensors(); ++i) {
      hostile.fill(i, any_fill(), any_fill(), any_fill());
      const int any = static_cast<int>(hostile.random() % 256) - 128;
      if (hostile.random() % 2 == 0) hostile.set_exponent(i, hostile.pick({-128, -64, 0, 63, 127, any, any}));
    }
    hostile.set_eps(hostile.pick({0.0f, 0x1p-149f, 0x1p-126f, 1e-5f, 1.0f, 0x1.fffffep127f}));
    for (uint32_t pair = 0; pair < hostile.pairs(); ++pair) {
      const uint64_t any = hostile.random();
      hostile.set_rope_step(pair, hostile.pick({uint64_t{0}, uint64_t{1} << 61, uint64_t{1} << 63, UINT64_MAX, any}));
    }
    ASSERT_TRUE(run_if_accepted(hostile.image())) << "seed " << seed;
  }
}

// The smallest and largest epsilon beside embeddings of every size; zeros give a mean square of nothing.
TEST_P(HostileRuns, AnyEpsilonRuns) {
  const tools::ImageBytes image = make(hostile_spec());
  for (const float eps : {0.0f, 0x1p-149f, 0x1p-126f, 1.0f, 0x1.fffffep127f}) {
    for (const Fill embedding : {Fill::kZero, Fill::kOne, Fill::kHighest}) {
      for (const int exponent : {-128, 127}) {
        Hostile hostile(image.span(), 3);
        hostile.set_eps(eps);
        hostile.fill(0, embedding, Fill::kOne, Fill::kOne);
        hostile.set_exponent(0, exponent);
        ASSERT_TRUE(run_if_accepted(hostile.image())) << eps;
      }
    }
  }
}

// --- flips ---

// Bits of the weights, the directory and the rotary steps, behind repaired checksums. Padding that is not zero, and
// weights that are not finite, are verify()'s to find; a model runs without it (docs/SECURITY.md).
TEST_P(HostileRuns, FlippedBytesAreRefusedOrRun) {
  const tools::ImageBytes image = make(testing::tiny_spec());
  size_t ran = 0;
  ThmEditor where(image.span());
  for (const uint32_t kind : {s::kTensors, s::kRope, s::kData}) {
    const auto first = static_cast<size_t>(load_u64(where.entry(kind) + s::kOffsetAt));
    const auto bytes = static_cast<size_t>(load_u64(where.entry(kind) + s::kBytesAt));
    for (size_t i = 0; i < bytes; ++i) {
      for (const std::byte mask : {std::byte{0x80}, std::byte{0x41}, std::byte{0xff}}) {
        ThmEditor edit(image.span());
        edit.bytes()[first + i] ^= mask;
        edit.repair();
        const bool accepted = run_if_accepted(edit.bytes(), i % 8 == 0);
        ASSERT_FALSE(::testing::Test::HasFailure()) << "byte " << first + i;
        ran += accepted ? 1 : 0;
        ASSERT_TRUE(accepted || kind == s::kTensors) << "byte " << first + i;
      }
    }
  }
  EXPECT_GT(ran, 1000u);
}

// All bytes of DATA random, padding too.
TEST_P(HostileRuns, NoiseRuns) {
  for (const testing::FixtureSpec& spec : {testing::tiny_spec(), hostile_spec()}) {
    const tools::ImageBytes image = make(spec);
    for (uint64_t seed = 0; seed < 100; ++seed) {
      ThmEditor edit(image.span());
      Hostile chance(image.span(), seed);
      const auto bytes = static_cast<size_t>(load_u64(edit.entry(s::kData) + s::kBytesAt));
      std::byte* data = edit.section(s::kData);
      for (size_t i = 0; i < bytes; ++i) data[i] = static_cast<std::byte>(chance.random());
      edit.repair();
      ASSERT_TRUE(run_if_accepted(edit.bytes())) << "seed " << seed;
      ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace thimble
