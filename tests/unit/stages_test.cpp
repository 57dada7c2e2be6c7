#include "engine/stages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

template <auto kKernel, Stage kStage>
struct Same;

template <class Result, class... Arguments, Result (*Kernels::*kKernel)(Arguments...), Stage kStage>
struct Same<kKernel, kStage> {
  static Result call(Arguments... arguments) { return (library_kernels().*kKernel)(arguments...); }
};

TEST(Stages, EveryKernelHasOne) {
  constexpr size_t kPointers = sizeof(Kernels) / sizeof(void*);
  const auto pointers = std::bit_cast<std::array<const void*, kPointers>>(kernels_around<Same>("same"));
  EXPECT_EQ(std::count(pointers.begin(), pointers.end(), nullptr), 0);
}

TEST(Stages, AMatrixHasTheStageOfItsRole) {
  const auto image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  testing::TestEngine engine(image.span());
  const Model& model = engine.model();
  EXPECT_EQ(stage_of_matrix(model, model.tensor(Role::kWq, 2).data), static_cast<Stage>(Role::kWq));
  const TensorView down = model.tensor(Role::kWDown, 1);
  EXPECT_EQ(stage_of_matrix(model, down.data + down.bytes - 1), static_cast<Stage>(Role::kWDown));
  EXPECT_EQ(stage_of_matrix(model, model.tensor(Role::kTokenEmbedding).data), static_cast<Stage>(Role::kClassifier));
  EXPECT_EQ(stage_of_matrix(model, &engine), Stage::kAttention) << "keys and values are no tensors";
}

TEST(Stages, HaveNames) {
  EXPECT_STREQ(stage_name(static_cast<Stage>(Role::kWq)), "wq");
  EXPECT_STREQ(stage_name(Stage::kAttention), "attention");
  EXPECT_STREQ(stage_name(Stage::kTokenizer), "tokenizer");
  EXPECT_EQ(std::string(product_stage(Role::kWk)), "q, k, v");
}

}  // namespace
}  // namespace thimble
