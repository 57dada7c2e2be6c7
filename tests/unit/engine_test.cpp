#include "thimble/engine.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "tests/support/engine_fixture.h"
#include "tests/support/float64_oracle.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

using testing::TestEngine;

// Every shape the fixtures know, against a forward pass in double written without a line of the engine.
TEST(Engine, LogitsMatchTheFloat64Oracle) {
  for (const testing::FixtureSpec& spec : testing::all_specs()) {
    const testing::Fixture fixture = testing::make_fixture(spec);
    const auto image = testing::to_thm(fixture);
    TestEngine run(image.span(), {.max_batch = 4});
    const auto tokens = testing::random_tokens(std::min<size_t>(spec.seq_len, 24), spec.vocab_size, spec.seed);
    const auto got = run.logits(tokens);
    const auto want = testing::oracle_logits(fixture, tokens);
    ASSERT_EQ(got.size(), want.size());
    double scale = 1;
    for (const auto& row : want) {
      for (const double x : row) scale = std::max(scale, std::abs(x));
    }
    for (size_t t = 0; t < got.size(); ++t) {
      ASSERT_EQ(got[t].size(), spec.vocab_size);
      for (size_t i = 0; i < got[t].size(); ++i) {
        ASSERT_NEAR(got[t][i], want[t][i], 2e-5 * scale) << "dim " << spec.dim << " token " << t << " row " << i;
      }
    }
  }
}

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() : image_(testing::to_thm(testing::make_fixture(testing::small_spec()))) {}
  tools::ImageBytes image_;
};

TEST_F(EngineTest, BatchesOfOneToEightGiveTheSameBits) {
  uint64_t expected = 0;
  for (uint32_t batch = 1; batch <= kMaxBatch; ++batch) {
    TestEngine run(image_.span(), {.max_batch = batch});
    const auto tokens = testing::random_tokens(29, run.model().config().vocab_size, 7);
    const uint64_t hash = run.hash(tokens);
    if (batch == 1) expected = hash;
    EXPECT_EQ(hash, expected) << "batch " << batch;
  }
}

TEST_F(EngineTest, SplittingOverCallsAndSkippingLogitsChangesNothing) {
  TestEngine run(image_.span(), {.max_batch = 8});
  const auto tokens = testing::random_tokens(20, run.model().config().vocab_size, 3);
  const auto all = run.logits(tokens);

  std::vector<float> last;
  const LogitsSink sink{[](void* context, uint32_t, uint32_t, std::span<const float> rows) {
                          auto& out = *static_cast<std::vector<float>*>(context);
                          out.insert(out.end(), rows.begin(), rows.end());
                        },
                        &last};
  Engine& engine = run.engine();
  ASSERT_TRUE(engine.rewind(0).ok());
  const std::span<const uint32_t> ids(tokens);
  ASSERT_TRUE(engine.forward(ids.first(3), LogitsOf::kNone, nullptr).ok());
  ASSERT_TRUE(engine.forward(ids.subspan(3, 1), LogitsOf::kNone, nullptr).ok());
  ASSERT_TRUE(engine.forward(ids.subspan(4), LogitsOf::kLast, &sink).ok());
  EXPECT_EQ(engine.position(), tokens.size());
  ASSERT_EQ(last.size(), all.back().size());
  for (size_t i = 0; i < last.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint32_t>(last[i]), std::bit_cast<uint32_t>(all.back()[i]));
  }
}

TEST_F(EngineTest, RewindForgetsWhatCameAfter) {
  TestEngine run(image_.span());
  const auto tokens = testing::random_tokens(12, run.model().config().vocab_size, 5);
  const uint64_t expected = run.hash(tokens);
  const auto others = testing::random_tokens(30, run.model().config().vocab_size, 6);
  run.hash(others);
  EXPECT_EQ(run.hash(tokens), expected);
  EXPECT_NE(run.hash(others), expected);
  EXPECT_EQ(run.engine().rewind(31).code(), Code::kInvalidArgument);
}

TEST_F(EngineTest, RefusesBadTokensAndAFullContextWithoutAppending) {
  TestEngine run(image_.span(), {.context = 8});
  Engine& engine = run.engine();
  const uint32_t vocab = run.model().config().vocab_size;
  const std::vector<uint32_t> bad = {0, 1, vocab};
  const Status status = engine.forward(bad, LogitsOf::kNone, nullptr);
  EXPECT_EQ(status.code(), Code::kBadToken);
  EXPECT_EQ(status.index(), 2);
  EXPECT_EQ(engine.position(), 0u);
  const std::vector<uint32_t> nine(9, 1);
  EXPECT_EQ(engine.forward(nine, LogitsOf::kNone, nullptr).code(), Code::kContextFull);
  EXPECT_EQ(engine.position(), 0u);
  EXPECT_TRUE(engine.forward(std::span(nine).first(8), LogitsOf::kNone, nullptr).ok());
  EXPECT_EQ(engine.forward(std::span(nine).first(1), LogitsOf::kNone, nullptr).code(), Code::kContextFull);
  EXPECT_EQ(engine.forward({}, LogitsOf::kLast, nullptr).code(), Code::kInvalidArgument);
}

TEST_F(EngineTest, AStopBetweenSweepsAppendsNothing) {
  TestEngine run(image_.span(), {.max_batch = 4});
  Engine& engine = run.engine();
  const auto tokens = testing::random_tokens(30, run.model().config().vocab_size, 7);
  const uint64_t expected = run.hash(tokens);
  ASSERT_TRUE(engine.rewind(10).ok());

  struct Asked {
    std::vector<size_t> read;
    size_t most;
  };
  const auto ask = [](void* context, size_t read, size_t total) {
    auto* asked = static_cast<Asked*>(context);
    EXPECT_EQ(total, 20u);
    asked->read.push_back(read);
    return read < asked->most;
  };
  Asked asked{{}, 9};
  const SweepCheck check{ask, &asked};
  const auto rest = std::span(tokens).subspan(10);
  EXPECT_EQ(engine.forward(rest, LogitsOf::kNone, nullptr, &check).code(), Code::kCancelled);
  EXPECT_EQ(asked.read, (std::vector<size_t>{4, 8, 12}));
  EXPECT_EQ(engine.position(), 10u);

  // Behind the last sweep there is nothing left to stop.
  asked = {{}, 20};
  EXPECT_TRUE(engine.forward(rest, LogitsOf::kNone, nullptr, &check).ok());
  EXPECT_EQ(asked.read, (std::vector<size_t>{4, 8, 12, 16, 20}));
  EXPECT_EQ(engine.position(), 30u);
  EXPECT_EQ(run.hash(tokens), expected);
}

TEST_F(EngineTest, TwoEnginesShareOneImage) {
  TestEngine a(image_.span(), {.context = 16});
  TestEngine b(image_.span(), {.context = 32, .max_batch = 5});
  const auto tokens = testing::random_tokens(15, a.model().config().vocab_size, 9);
  const std::span<const uint32_t> ids(tokens);
  ASSERT_TRUE(a.engine().forward(ids.first(7), LogitsOf::kNone, nullptr).ok());
  const uint64_t expected = b.hash(tokens);
  EXPECT_EQ(a.hash(tokens), expected);
}

// The kv cache in several blocks must read like one.
TEST_F(EngineTest, MemoryInPiecesGivesTheSameBits) {
  TestEngine whole(image_.span(), {.context = 32});
  const auto tokens = testing::random_tokens(32, whole.model().config().vocab_size, 11);
  const uint64_t expected = whole.hash(tokens);

  std::vector<tools::ImageBytes> blocks;
  Memory memory;
  for (size_t i = 0; i < 2 * kMaxBlocks; ++i) {
    blocks.emplace_back(whole.plan().kv_layer_bytes + 4096);
    memory.add(i < kMaxBlocks ? Region::kFast : Region::kBulk, blocks.back().span());
  }
  const Plan plan = make_plan(whole.model(), {.context = 32, .max_run_bytes = 64}, memory.describe());
  ASSERT_TRUE(plan.status.ok()) << testing::to_string(plan.status);
  Engine engine;
  ASSERT_TRUE(engine.init(whole.model(), plan, memory).ok());
  LogitsHash hash(whole.model().config().vocab_size);
  const LogitsSink sink{[](void* context, uint32_t index, uint32_t first, std::span<const float> rows) {
                          static_cast<LogitsHash*>(context)->add(index, first, rows);
                        },
                        &hash};
  ASSERT_TRUE(engine.forward(tokens, LogitsOf::kAll, &sink).ok());
  EXPECT_EQ(hash.value(), expected);
}

TEST(LogitsHash, FollowsItsDefinition) {
  // docs/NUMERICS.md, by hand: two positions of three logits, in blocks of two and one.
  constexpr uint64_t kBasis = 0xcbf29ce484222325u;
  constexpr uint64_t kPrime = 0x100000001b3u;
  const float nan = std::bit_cast<float>(0xffc00001u);
  const float logits[2][3] = {{1.0f, -2.5f, 0.0f}, {nan, 3.0f, -0.0f}};
  const uint32_t words[2][3] = {{0x3f800000, 0xc0200000, 0}, {0x7fc00000, 0x40400000, 0x80000000}};
  uint64_t run = kBasis;
  for (const auto& position : words) {
    uint64_t h = kBasis;
    for (const uint32_t word : position) h = (h ^ word) * kPrime;
    run = (run ^ h) * kPrime;
  }
  LogitsHash hash(3);
  for (const uint32_t row : {0u, 2u}) {
    for (uint32_t index = 0; index < 2; ++index) {
      hash.add(index, row, std::span(logits[index]).subspan(row, row == 0 ? 2 : 1));
    }
  }
  EXPECT_EQ(hash.value(), run);
}

}  // namespace
}  // namespace thimble
