// The proof that a model carries: the same hash from any engine over it, another one when anything is wrong.

#include "thimble/selftest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "format/reader.h"
#include "kernels/registry.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/thm_editor.h"
#include "tools/convert/convert.h"
#ifdef THIMBLE_CHECK_KERNELS
#include "kernels/checked/checked_kernels.h"
#endif

namespace thimble {
namespace {

using testing::TestEngine;

constexpr KvType kKvTypes[] = {KvType::kI8, KvType::kF32};

uint64_t hash_of(std::span<const std::byte> image, const PlanOptions& options) {
  TestEngine run(image, options);
  uint64_t hash = 0;
  EXPECT_TRUE(run_selftest(run.engine(), &hash).ok());
  return hash;
}

class SelfTest : public ::testing::TestWithParam<tools::WeightType> {
 protected:
  SelfTest() : image_(testing::to_thm(testing::make_fixture(testing::small_spec()), GetParam())) {}
  uint64_t expected(KvType type) const {
    Model model;
    EXPECT_TRUE(model.open(image_.span()).ok());
    uint64_t hash = 0;
    EXPECT_TRUE(expected_selftest_hash(model, type, &hash));
    return hash;
  }
  tools::ImageBytes image_;
};

using enum tools::WeightType;
INSTANTIATE_TEST_SUITE_P(AllTypes, SelfTest, ::testing::Values(kF32, kF16, kQ8, kQ4, kMixed),
                         [](const auto& type) { return std::string(tools::weight_type_name(type.param)); });

TEST_P(SelfTest, ACheckIsAskedBetweenSweepsAndMayStopIt) {
  struct Asked {
    std::vector<size_t> read;
    size_t most = 100;
  } asked;
  const SweepCheck check = {[](void* context, size_t read, size_t total) {
                              auto* seen = static_cast<Asked*>(context);
                              EXPECT_EQ(total, kSelfTestTokens);
                              seen->read.push_back(read);
                              return seen->read.size() < seen->most;
                            },
                            &asked};
  PlanOptions options;
  options.max_batch = 6;
  TestEngine run(image_.span(), options);
  uint64_t hash = 0;
  ASSERT_TRUE(run_selftest(run.engine(), &hash, &check).ok());
  EXPECT_EQ(hash, expected(run.plan().options.kv_type));
  EXPECT_EQ(asked.read, (std::vector<size_t>{6, 12, 16}));
  asked.most = 4;
  EXPECT_EQ(run_selftest(run.engine(), &hash, &check).code(), Code::kCancelled);
}

TEST_P(SelfTest, EveryPlanFindsTheHashOfTheFile) {
  for (const KvType type : kKvTypes) {
    for (const uint32_t batch : {1u, 3u, 8u}) {
      for (const uint32_t context : {0u, kSelfTestTokens}) {
        PlanOptions options;
        options.kv_type = type;
        options.max_batch = batch;
        options.context = context;
        EXPECT_EQ(hash_of(image_.span(), options), expected(type)) << kv_type_name(type) << " batch " << batch;
      }
    }
  }
  EXPECT_NE(expected(KvType::kI8), expected(KvType::kF32));
}

// It may run in the middle of a text, and again.
TEST_P(SelfTest, StartsFromNothing) {
  TestEngine run(image_.span(), {});
  const uint32_t tokens[] = {3, 1, 4, 1, 5};
  ASSERT_TRUE(run.engine().forward(tokens, LogitsOf::kNone, nullptr).ok());
  uint64_t first = 0, second = 0;
  ASSERT_TRUE(run_selftest(run.engine(), &first).ok());
  ASSERT_TRUE(run_selftest(run.engine(), &second).ok());
  EXPECT_EQ(first, second);
  EXPECT_EQ(first, expected(run.engine().plan().options.kv_type));
}

// One bit of a weight, behind checksums that fit: only the hash can tell.
TEST_P(SelfTest, SeesOneFlippedBit) {
  std::set<uint64_t> hashes = {expected(KvType::kI8)};
  Model model;
  ASSERT_TRUE(model.open(image_.span()).ok());
  for (const Role role : {Role::kWq, Role::kWDown, Role::kFinalNorm}) {
    testing::ThmEditor edit(image_.span());
    const TensorView view = model.tensor_at(tensor_index(model.config(), role, 0), nullptr, nullptr);
    const auto at = static_cast<size_t>(view.data - image_.span().data());
    const size_t upper =
        view.type == DType::kF32 ? 2 : 1;  // a byte of the first number, a scale or a weight, that matters
    edit.bytes()[at + upper] ^= std::byte{0x20};
    edit.repair();
    PlanOptions options;
    options.kv_type = KvType::kI8;
    EXPECT_TRUE(hashes.insert(hash_of(edit.bytes(), options)).second) << role_name(role);
  }
}

TEST(SelfTestOf, AFileThatStatesNoHash) {
  tools::ConvertOptions options;
  options.self_test = false;
  const auto image = tools::convert(testing::to_imported(testing::make_fixture(testing::small_spec())), options);
  Model model;
  ASSERT_TRUE(model.open(image.span()).ok());
  uint64_t hash = 1;
  EXPECT_FALSE(expected_selftest_hash(model, KvType::kI8, &hash));
  EXPECT_EQ(hash, 0u);
}

TEST(SelfTestOf, AnEngineThatIsNotReady) {
  Engine engine;
  uint64_t hash = 0;
  EXPECT_EQ(run_selftest(engine, &hash).code(), Code::kNotReady);
}

// Any vocabulary has these tokens, and a big one meets many of them.
TEST(SelfTestTokens, AreInEveryVocabulary) {
  std::set<uint32_t> met;
  for (uint32_t i = 0; i < kSelfTestTokens; ++i) {
    EXPECT_EQ(selftest_token(i, 1), 0u);
    EXPECT_LT(selftest_token(i, 259), 259u);
    met.insert(selftest_token(i, 32000));
  }
  EXPECT_EQ(met.size(), kSelfTestTokens);
  EXPECT_EQ(selftest_token(1, 1u << 20), 0x9e3779b1u / 16 % (1u << 20));
}

TEST(Kernels, HaveAName) { EXPECT_STREQ(kernels_name(), active_kernels().name); }

#ifdef THIMBLE_CHECK_KERNELS
TEST(Kernels, ThatDifferFromTheOracleFailTheSelfTest) {
  const tools::ImageBytes image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  TestEngine run(image.span());
  Kernels wrong = best_kernels();
  wrong.add_f32 = [](float* x, const float* y, size_t n) {
    kRefKernels.add_f32(x, y, n);
    x[n - 1] = std::nextafter(x[n - 1], 1e9f);
  };
  set_kernels_under_check(wrong);
  uint64_t hash = 0;
  const Status status = run_selftest(run.engine(), &hash);
  set_kernels_under_check(best_kernels());
  EXPECT_EQ(status.code(), Code::kArithmetic);
  EXPECT_STREQ(status.subject(), "kernels");
  EXPECT_GT(status.found(), 0u);
}
#endif

}  // namespace
}  // namespace thimble
