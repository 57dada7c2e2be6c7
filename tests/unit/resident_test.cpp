// Weights copied into fast memory: which, where, and that nothing but the place changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

using testing::to_string;

constexpr PlanOptions kCopied = {.context = 64, .weights = WeightHome::kFast};

class ResidentWeights : public ::testing::TestWithParam<tools::WeightType> {
 protected:
  void open(const testing::FixtureSpec& spec) {
    image_ = testing::to_thm(testing::make_fixture(spec), GetParam());
    ASSERT_TRUE(model_.open(image_.span()).ok());
    tokens_ = testing::random_tokens(20, spec.vocab_size, 4);
    testing::TestEngine plain(image_.span(), {.context = 64});
    expected_ = plain.hash(tokens_);
  }

  // Swept tensors that find room behind `at` in a block of `size` bytes, told without the engine: from the last one on
  // where all do, else from the first.
  std::vector<TensorView> fitting(size_t at, size_t size) const {
    const std::vector<TensorView> all = fitting_in_order(at, size, true);
    return all.size() + (model_.config().tied_classifier ? 0 : 1) == model_.tensor_count()
               ? all
               : fitting_in_order(at, size, false);
  }

  std::vector<TensorView> fitting_in_order(size_t at, size_t size, bool backwards) const {
    std::vector<TensorView> found;
    for (uint32_t walked = 0; walked < model_.tensor_count(); ++walked) {
      const uint32_t i = backwards ? model_.tensor_count() - 1 - walked : walked;
      Role role = Role::kTokenEmbedding;
      const TensorView tensor = model_.tensor_at(i, &role, nullptr);
      if (role == Role::kTokenEmbedding && !model_.config().tied_classifier) continue;
      if (at + tensor.bytes > size) continue;
      found.push_back(tensor);
      at += (tensor.bytes + 63) / 64 * 64;
    }
    return found;
  }

  void destroy(const TensorView& tensor) {
    std::memset(image_.span().data() + (tensor.data - image_.span().data()), 0x55, static_cast<size_t>(tensor.bytes));
  }

  uint64_t hash(const Plan& plan, const Memory& memory, bool destroy_copied = false) {
    Engine engine;
    const Status status = engine.init(model_, plan, memory);
    EXPECT_TRUE(status.ok()) << to_string(status);
    if (!status.ok()) return 0;
    if (destroy_copied) {
      for (const TensorView& tensor : fitting(plan.weights_at[0][0], memory.block(Region::kFast, 0).size())) {
        destroy(tensor);
      }
    }
    return testing::hash_of(engine, tokens_);
  }

  tools::ImageBytes image_;
  Model model_;
  std::vector<uint32_t> tokens_;
  uint64_t expected_ = 0;
};
std::string type_name(const ::testing::TestParamInfo<tools::WeightType>& type) {
  constexpr const char* kNames[] = {"f32", "f16", "q8", "q4"};
  return kNames[type.index];
}
INSTANTIATE_TEST_SUITE_P(Types, ResidentWeights,
                         ::testing::Values(tools::WeightType::kF32, tools::WeightType::kF16, tools::WeightType::kQ8,
                                           tools::WeightType::kQ4),
                         type_name);

TEST_P(ResidentWeights, AllOfThemWhenThereIsRoom) {
  for (const testing::FixtureSpec& spec : {testing::small_spec(), testing::untied_spec()}) {
    open(spec);
    const Plan plan = make_plan(model_, kCopied, MemoryLayout::unlimited());
    ASSERT_TRUE(plan.status.ok()) << to_string(plan.status);
    // An embedding that is no classifier is read a row at a time, and stays.
    EXPECT_EQ(plan.resident_tensors, model_.tensor_count() - (spec.tied ? 0 : 1));
    const Plan without = make_plan(model_, {.context = 64}, MemoryLayout::unlimited());
    EXPECT_EQ(without.resident_tensors, 0u);
    EXPECT_GE(plan.total_bytes(), without.total_bytes() + plan.resident_bytes);
    EXPECT_LT(plan.total_bytes(), without.total_bytes() + plan.resident_bytes + 64 * (model_.tensor_count() + 1));
    tools::ImageBytes memory(plan.total_bytes());
    EXPECT_EQ(hash(plan, Memory(memory.span()), true), expected_);
  }
}

TEST_P(ResidentWeights, AsManyAsFindRoom) {
  const size_t step = 997;
  for (const testing::FixtureSpec& spec : {testing::small_spec(), testing::untied_spec()}) {
    open(spec);
    const size_t least = make_plan(model_, {.context = 64}, MemoryLayout::unlimited()).total_bytes();
    const size_t most = make_plan(model_, kCopied, MemoryLayout::unlimited()).total_bytes();
    for (size_t bytes = least; bytes < most + step; bytes += step + (most - least) / 16) {
      open(spec);  // destroyed by the round before
      const Plan plan = make_plan(model_, kCopied, MemoryLayout().add(Region::kFast, bytes));
      ASSERT_TRUE(plan.status.ok()) << to_string(plan.status);
      EXPECT_LE(plan.total_bytes(), bytes);
      EXPECT_EQ(plan.weights_at[0][0], (least + 63) / 64 * 64);
      const auto expected_tensors = fitting(plan.weights_at[0][0], bytes);
      EXPECT_EQ(plan.resident_tensors, expected_tensors.size());
      tools::ImageBytes memory(bytes);
      EXPECT_EQ(hash(plan, Memory(memory.span()), true), expected_) << bytes;
    }
  }
}

TEST_P(ResidentWeights, InSeveralBlocksBehindTheBuffers) {
  open(testing::small_spec());
  const size_t buffers = make_plan(model_, {.context = 64}, MemoryLayout::unlimited()).total_bytes();
  const size_t first = buffers + 1000;
  const size_t second = 3000;
  const Plan plan = make_plan(
      model_, kCopied,
      MemoryLayout().add(Region::kFast, first).add(Region::kFast, second).add(Region::kBulk, size_t{1} << 20));
  ASSERT_TRUE(plan.status.ok()) << to_string(plan.status);
  EXPECT_GT(plan.block_bytes[0][0], buffers);
  EXPECT_LE(plan.block_bytes[0][0], first);
  EXPECT_GT(plan.block_bytes[0][1], 0u);
  EXPECT_LE(plan.block_bytes[0][1], second);
  EXPECT_EQ(plan.bytes(Region::kBulk), 0u);  // weights go to fast memory or nowhere
  // Exactly the bytes that the plan asks for, and bytes behind them that must stay.
  tools::ImageBytes a(plan.block_bytes[0][0] + 64), b(plan.block_bytes[0][1] + 64);
  std::memset(a.span().data(), 0x33, a.span().size());
  std::memset(b.span().data(), 0x33, b.span().size());
  Memory memory;
  memory.add(Region::kFast, a.span().first(plan.block_bytes[0][0]));
  memory.add(Region::kFast, b.span().first(plan.block_bytes[0][1]));
  EXPECT_EQ(hash(plan, memory), expected_);
  const auto untouched = [](std::span<const std::byte> bytes) {
    return std::all_of(bytes.end() - 64, bytes.end(), [](std::byte x) { return x == std::byte{0x33}; });
  };
  EXPECT_TRUE(untouched(a.span()));
  EXPECT_TRUE(untouched(b.span()));
}

// Memory in pieces, of which one just holds the classifier: layers that came first would leave no room for it.
TEST_P(ResidentWeights, AllOfThemWhereOneBlockJustHoldsTheLargest) {
  open({.dim = 32, .hidden_dim = 48, .n_layers = 2, .n_heads = 4, .n_kv_heads = 2, .vocab_size = 400, .seq_len = 64});
  const size_t buffers = make_plan(model_, {.context = 64}, MemoryLayout::unlimited()).total_bytes();
  const size_t classifier = model_.tensor(Role::kClassifier).bytes;
  const size_t layers = model_.weight_bytes() - classifier;
  MemoryLayout layout;
  layout.add(Region::kFast, (buffers + 63) / 64 * 64).add(Region::kFast, classifier).add(Region::kFast, layers);
  const Plan plan = make_plan(model_, kCopied, layout);
  ASSERT_TRUE(plan.status.ok()) << to_string(plan.status);
  EXPECT_EQ(plan.resident_tensors, model_.tensor_count());
}

TEST_P(ResidentWeights, BuffersComeFirst) {
  open(testing::small_spec());
  // Too little for the kv cache in fast memory: no weight may take its place.
  const Plan tight = make_plan(model_, {.context = 64}, MemoryLayout::unlimited());
  const size_t fast = tight.total_bytes() - tight.kv_layer_bytes;
  MemoryLayout layout;
  layout.add(Region::kFast, fast).add(Region::kBulk, size_t{1} << 20);
  const Plan plain = make_plan(model_, {.context = 64}, layout);
  const Plan copied = make_plan(model_, kCopied, layout);
  ASSERT_TRUE(copied.status.ok());
  EXPECT_EQ(plain.bytes(Region::kBulk), copied.bytes(Region::kBulk));
  for (size_t i = 0; i < kBufferCount; ++i) EXPECT_EQ(plain.buffers[i].offset, copied.buffers[i].offset);
}

// Plans are good for any model of the same shape and arithmetic: here one whose tensors are of other sizes.
TEST_P(ResidentWeights, UnderThePlanOfAnotherType) {
  using tools::WeightType;
  const auto partner = [](WeightType type) {
    if (type == WeightType::kF32) return WeightType::kF16;
    if (type == WeightType::kF16) return WeightType::kF32;
    return type == WeightType::kQ8 ? WeightType::kQ4 : WeightType::kQ8;
  };
  open(testing::small_spec());
  const tools::ImageBytes other = testing::to_thm(testing::make_fixture(testing::small_spec()), partner(GetParam()));
  Model model;
  ASSERT_TRUE(model.open(other.span()).ok());
  const size_t buffers = make_plan(model_, {.context = 64}, MemoryLayout::unlimited()).total_bytes();
  for (const size_t more : {500u, 5000u, 50000u}) {
    const Plan plan = make_plan(model, kCopied, MemoryLayout().add(Region::kFast, buffers + more));
    ASSERT_TRUE(plan.status.ok()) << to_string(plan.status);
    tools::ImageBytes memory(plan.total_bytes());  // not a byte more: the sanitizers watch
    EXPECT_EQ(hash(plan, Memory(memory.span())), expected_) << more;
  }
}

TEST(ResidentWeightsOption, IsChecked) {
  const tools::ImageBytes image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  Model model;
  ASSERT_TRUE(model.open(image.span()).ok());
  const Plan plan = make_plan(model, {.weights = static_cast<WeightHome>(3)}, MemoryLayout::unlimited());
  EXPECT_EQ(plan.status.code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace thimble
