// Real models against what llama2.c printed for them: greedy text and token ids exactly, logits within 1e-4.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <sstream>

#include "tests/support/engine_fixture.h"
#include "tests/support/float64_oracle.h"
#include "tests/support/shared_models.h"

namespace thimble {
namespace {

using testing::import_shared;
using testing::SharedModel;
using testing::TestEngine;

std::vector<uint32_t> golden_tokens(const std::string& name) {
  std::istringstream in(testing::read_text(testing::shared_folder() / "golden" / (name + "_tokens.txt")));
  std::vector<uint32_t> ids;
  for (uint32_t id = 0; in >> id;) ids.push_back(id);
  return ids;
}

class SharedModels : public ::testing::TestWithParam<SharedModel> {};

// llama2.c prints the prompt too, and a newline at the end; its steps count positions, so it samples one token per
// position from the prompt's last on.
TEST_P(SharedModels, GreedyTextEqualsLlama2c) {
  THIMBLE_NEED_SHARED();
  const SharedModel& m = GetParam();
  const auto image = import_shared(m.checkpoint, m.tokenizer);
  TestEngine run(image.span(), {.max_batch = 8});
  Generator probe(run.engine(), {});
  ASSERT_TRUE(probe.start(m.prompt).ok());
  const auto sampled = m.steps - static_cast<uint32_t>(probe.prompt_tokens()) + 1;
  const testing::Generated out = testing::generate(run.engine(), m.prompt, testing::greedy(sampled));
  EXPECT_EQ(m.prompt + out.text + "\n", testing::read_text(testing::shared_folder() / "golden" / (m.name + ".txt")));
}

// The golden ids come from a run without a prompt.
TEST_P(SharedModels, GreedyIdsEqualLlama2c) {
  THIMBLE_NEED_SHARED();
  const SharedModel& m = GetParam();
  const auto image = import_shared(m.checkpoint, m.tokenizer);
  TestEngine run(image.span(), {.max_batch = 8});
  const std::vector<uint32_t> ids = golden_tokens(m.name);
  ASSERT_GE(ids.size(), m.steps);
  const auto sampled = static_cast<uint32_t>(ids.size() - 1);
  EXPECT_EQ(testing::generate(run.engine(), "", testing::greedy(sampled)).tokens, ids);
}

INSTANTIATE_TEST_SUITE_P(All, SharedModels, ::testing::ValuesIn(testing::shared_models()),
                         [](const auto& test) { return test.param.name; });

void expect_golden_logits(const std::string& checkpoint, const std::string& tokenizer, const std::string& name) {
  const auto image = import_shared(checkpoint, tokenizer);
  TestEngine run(image.span(), {.max_batch = 8});
  const auto ids = golden_tokens(name);
  const auto got = run.logits(std::span(ids).first(8));
  const auto raw = testing::read_file(testing::shared_folder() / "golden" / (name + "_logits8_f32.bin"));
  const size_t vocab = run.model().config().vocab_size;
  ASSERT_EQ(raw.size(), 8 * vocab * sizeof(float));
  double worst = 0;
  for (size_t t = 0; t < 8; ++t) {
    for (size_t i = 0; i < vocab; ++i) {
      float want = 0;
      std::memcpy(&want, raw.data() + (t * vocab + i) * sizeof(float), sizeof(float));
      worst = std::max(worst, std::abs(static_cast<double>(want) - static_cast<double>(got[t][i])));
    }
  }
  EXPECT_LT(worst, 1e-4) << checkpoint;
  ::testing::Test::RecordProperty("largest_difference", std::to_string(worst));
}

TEST(SharedLogits, Stories260KFromEveryFormat) {
  THIMBLE_NEED_SHARED();
  for (const char* checkpoint : {"stories260K.bin", "stories260K_v1.bin"}) {
    for (const char* tokenizer : {"tok512.bin", "tok512.model"}) {
      expect_golden_logits(std::string("models/stories260K/") + checkpoint,
                           std::string("models/stories260K/") + tokenizer, "stories260K");
    }
  }
}

TEST(SharedLogits, Babyllama105) {
  THIMBLE_NEED_SHARED();
  expect_golden_logits("models/babyllama105/babyllama105.bin", "models/babyllama105/tok105.bin", "babyllama105");
}

// v2 stores int8 with group scales; the engine runs the exact products q * s in float32.
TEST(SharedLogits, DequantisedCheckpointsMatchTheFloat64Oracle) {
  THIMBLE_NEED_SHARED();
  const std::pair<const char*, const char*> models[] = {
      {"models/stories260K/stories260K_q80_gs4.bin", "models/stories260K/tok512.bin"},
      {"models/babyllama105/babyllama105_q80_gs32.bin", "models/babyllama105/tok105.bin"}};
  for (const auto& [checkpoint, tokenizer] : models) {
    const auto image = import_shared(checkpoint, tokenizer);
    TestEngine run(image.span(), {.max_batch = 8});
    const auto tokens = testing::random_tokens(24, run.model().config().vocab_size, 1);
    const auto got = run.logits(tokens);
    const auto want = testing::oracle_logits(run.model(), tokens);
    for (size_t t = 0; t < got.size(); ++t) {
      for (size_t i = 0; i < got[t].size(); ++i) ASSERT_NEAR(got[t][i], want[t][i], 1e-3) << checkpoint;
    }
  }
}

TEST(SharedModelsBatch, EveryBatchSizeGivesTheSameBits) {
  THIMBLE_NEED_SHARED();
  for (const SharedModel& m : testing::shared_models()) {
    const auto image = import_shared(m.checkpoint, m.tokenizer);
    const auto tokens = golden_tokens(m.name);
    uint64_t expected = 0;
    for (uint32_t batch = 1; batch <= kMaxBatch; ++batch) {
      TestEngine run(image.span(), {.max_batch = batch});
      const uint64_t hash = run.hash(std::span(tokens).first(50));
      if (batch == 1) expected = hash;
      EXPECT_EQ(hash, expected) << m.name << " batch " << batch;
    }
  }
}

}  // namespace
}  // namespace thimble
