// Models of q8, q4 and f16 in the engine, with both kinds of kv cache: near the exact arithmetic on the same weights,
// and the same bits however the work is cut.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "ports/port.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/float64_oracle.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

using testing::TestEngine;
using tools::WeightType;

struct Profile {
  WeightType weights = WeightType::kQ8;
  KvType kv = KvType::kI8;
};

std::vector<Profile> profiles() {
  std::vector<Profile> all;
  for (const WeightType weights :
       {WeightType::kF32, WeightType::kF16, WeightType::kQ8, WeightType::kQ4, WeightType::kMixed}) {
    for (const KvType kv : {KvType::kF32, KvType::kI8}) all.push_back({weights, kv});
  }
  return all;
}

std::string profile_name(const ::testing::TestParamInfo<Profile>& info) {
  return std::string(tools::weight_type_name(info.param.weights)) + "_kv_" + kv_type_name(info.param.kv);
}

class ProfileTest : public ::testing::TestWithParam<Profile> {
 protected:
  tools::ImageBytes image(const testing::FixtureSpec& spec) const {
    return testing::to_thm(testing::make_fixture(spec), GetParam().weights);
  }
  PlanOptions options(uint32_t batch = 1, uint32_t workers = 1) const {
    PlanOptions o;
    o.max_batch = batch;
    o.max_workers = workers;
    o.kv_type = GetParam().kv;
    return o;
  }
};

// Root mean square of the difference over that of the logits.
double relative_error(const std::vector<std::vector<float>>& got, const std::vector<std::vector<double>>& want) {
  double error = 0;
  double size = 0;
  for (size_t t = 0; t < want.size(); ++t) {
    for (size_t i = 0; i < want[t].size(); ++i) {
      const double difference = static_cast<double>(got[t][i]) - want[t][i];
      error += difference * difference;
      size += want[t][i] * want[t][i];
    }
  }
  return std::sqrt(error / size);
}

// What is left to explain are 8-bit activations and the 8-bit cache, so the bound is the same for all weights.
TEST_P(ProfileTest, LogitsAreNearTheOracleOnTheSameWeights) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const testing::Fixture exact = testing::dequantized(testing::make_fixture(spec), GetParam().weights);
    const auto bytes = image(spec);
    TestEngine run(bytes.span(), options(3));
    const auto tokens = testing::random_tokens(std::min<size_t>(spec.seq_len, 24), spec.vocab_size, spec.seed);
    const auto want = testing::oracle_logits(exact, tokens);
    const auto got = run.logits(tokens);
    const bool exact_arithmetic = run.model().arithmetic() == Arithmetic::kFloat && GetParam().kv == KvType::kF32;
    EXPECT_LT(relative_error(got, want), exact_arithmetic ? 1e-5 : 0.08) << "dim " << spec.dim;
  }
}

TEST_P(ProfileTest, BatchesOfOneToEightGiveTheSameBits) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const auto bytes = image(spec);
    const auto tokens = testing::random_tokens(std::min<size_t>(spec.seq_len, 29), spec.vocab_size, 7);
    const uint64_t expected = TestEngine(bytes.span(), options(1)).hash(tokens);
    for (uint32_t batch = 2; batch <= kMaxBatch; ++batch) {
      EXPECT_EQ(TestEngine(bytes.span(), options(batch)).hash(tokens), expected) << spec.dim << " batch " << batch;
    }
  }
}

TEST_P(ProfileTest, OneToFourWorkersGiveTheSameBits) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const auto bytes = image(spec);
    const auto tokens = testing::random_tokens(std::min<size_t>(spec.seq_len, 29), spec.vocab_size, 7);
    const uint64_t expected = TestEngine(bytes.span(), options(4)).hash(tokens);
    for (uint32_t workers = 2; workers <= 4; ++workers) {
      const port::Workers pool(workers);
      TestEngine run(bytes.span(), options(4, workers));
      ASSERT_TRUE(run.engine().set_parallel(testing::sharing_all(pool.parallel())).ok());
      EXPECT_EQ(run.hash(tokens), expected) << spec.dim << " workers " << workers;
    }
  }
}

TEST_P(ProfileTest, BlocksOfLogitsOfAnySizeGiveTheSameBits) {
  const testing::FixtureSpec spec = testing::small_spec();
  const auto bytes = image(spec);
  const auto tokens = testing::random_tokens(12, spec.vocab_size, 5);
  const uint64_t expected = TestEngine(bytes.span(), options()).hash(tokens);
  const port::Workers pool(2);
  for (const uint32_t rows : {1u, 7u, 20u, UINT32_MAX}) {
    PlanOptions wanted = options(2, 2);
    wanted.logits_rows = rows;
    TestEngine run(bytes.span(), wanted);
    ASSERT_TRUE(run.engine().set_parallel(testing::sharing_all(pool.parallel())).ok());
    EXPECT_EQ(run.hash(tokens), expected) << rows;
  }
}

// A pool of two by one thread, which counts its calls.
struct CountedCalls {
  uint32_t count = 0;
  Parallel parallel(uint32_t least_products) { return {&run, this, 2, least_products}; }
  static void run(void* self, Parallel::Task task, void* argument) {
    ++static_cast<CountedCalls*>(self)->count;
    for (uint32_t worker = 0; worker < 2; ++worker) task(argument, worker);
  }
};

TEST_P(ProfileTest, StagesOfFewProductsAreTheCallersAlone) {
  const testing::FixtureSpec spec = testing::small_spec();
  const auto bytes = image(spec);
  const uint32_t token = 3;
  const auto calls = [&](uint32_t least_products) {
    CountedCalls counted;
    PlanOptions wanted = options(1, 2);
    wanted.logits_rows = UINT32_MAX;
    TestEngine run(bytes.span(), wanted);
    EXPECT_TRUE(run.engine().set_parallel(counted.parallel(least_products)).ok());
    EXPECT_EQ(run.hash({&token, 1}), TestEngine(bytes.span(), options()).hash({&token, 1}));
    return counted.count;
  };
  const ModelConfig c = TestEngine(bytes.span(), options()).model().config();
  EXPECT_EQ(calls(0), 5 * c.n_layers + 1);
  EXPECT_EQ(calls(c.q_dim() * c.dim + 1), calls(0) - 2 * c.n_layers);  // without attention and wo
  EXPECT_EQ(calls(UINT32_MAX), 0u);
}

TEST_P(ProfileTest, RewindForgetsWhatCameAfter) {
  const testing::FixtureSpec spec = testing::small_spec();
  const auto bytes = image(spec);
  TestEngine run(bytes.span(), options(2));
  const auto tokens = testing::random_tokens(12, spec.vocab_size, 5);
  const uint64_t expected = run.hash(tokens);
  run.hash(testing::random_tokens(30, spec.vocab_size, 6));
  EXPECT_EQ(run.hash(tokens), expected);
}

// The whole context, so that positions fill the cache to its last one.
TEST_P(ProfileTest, TheContextCanBeFilled) {
  const testing::FixtureSpec spec = testing::one_kv_head_spec();
  const auto bytes = image(spec);
  const auto tokens = testing::random_tokens(spec.seq_len, spec.vocab_size, 8);
  const uint64_t expected = TestEngine(bytes.span(), options(1)).hash(tokens);
  EXPECT_EQ(TestEngine(bytes.span(), options(8)).hash(tokens), expected);
}

INSTANTIATE_TEST_SUITE_P(Profiles, ProfileTest, ::testing::ValuesIn(profiles()), profile_name);

// f16 is f32 with fewer bits: the same arithmetic on the rounded weights, to the last bit.
TEST(HalfPrecision, GivesTheBitsOfItsWidenedWeights) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const testing::Fixture fixture = testing::make_fixture(spec);
    const auto half = testing::to_thm(fixture, WeightType::kF16);
    const auto widened = testing::to_thm(testing::dequantized(fixture, WeightType::kF16));
    const auto tokens = testing::random_tokens(std::min<size_t>(spec.seq_len, 20), spec.vocab_size, 3);
    EXPECT_EQ(TestEngine(half.span(), {.max_batch = 3}).hash(tokens), TestEngine(widened.span()).hash(tokens));
  }
}

// Weights times a power of two, far from where any trained model is: only exponents move, so that nothing saturates
// where it did not before. The classifier's factor moves the logits.
TEST(IntegerRange, ScalesOfWeightsMayBeAnything) {
  const testing::FixtureSpec spec = testing::untied_spec();
  const auto tokens = testing::random_tokens(10, spec.vocab_size, 2);
  testing::Fixture fixture = testing::make_fixture(spec);
  fixture.config.norm_eps = 0;
  const auto plain = testing::to_thm(fixture, WeightType::kQ8);
  const uint64_t expected = TestEngine(plain.span()).hash(tokens);
  for (const float factor : {0x1p-60f, 0x1p60f}) {
    testing::Fixture scaled = fixture;
    // The residual stream as a whole is scaled, which every norm undoes.
    for (float& w : scaled.tensor(Role::kTokenEmbedding).values) w *= factor;
    for (uint32_t layer = 0; layer < spec.n_layers; ++layer) {
      for (const Role role : {Role::kWo, Role::kWDown}) {
        for (float& w : scaled.tensor(role, layer).values) w *= factor;
      }
    }
    const auto image = testing::to_thm(scaled, WeightType::kQ8);
    EXPECT_EQ(TestEngine(image.span()).hash(tokens), expected) << factor;
  }
}

}  // namespace
}  // namespace thimble
