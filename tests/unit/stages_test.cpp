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

template <class Result, class... Arguments, Result (*HeadKernels::*kKernel)(Arguments...), Stage kStage>
struct Same<kKernel, kStage> {
  static Result call(Arguments... arguments) { return (head_kernels(library_kernels())->*kKernel)(arguments...); }
};

template <class Table>
size_t count_empty(const Table& table) {
  const auto pointers = std::bit_cast<std::array<const void*, sizeof(Table) / sizeof(void*)>>(table);
  return static_cast<size_t>(std::count(pointers.begin(), pointers.end(), nullptr));
}

TEST(Stages, EveryKernelHasOne) {
  Kernels kernels = kernels_around<Same>("same");
  const HeadKernels heads = head_kernels_around<Same>();
#if defined(THIMBLE_HEAD_KERNELS)
  EXPECT_EQ(kernels.heads, nullptr) << "whether a set has them, kernels_around() cannot know";
  kernels.heads = &heads;
#endif
  EXPECT_EQ(count_empty(kernels), 0u);
  EXPECT_EQ(count_empty(heads), 0u);
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
